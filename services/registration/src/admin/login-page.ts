import { type Html, html } from "@touchline/service/html";
import { notice } from "./layout.ts";

export const loginPage = (csrf: string, violation?: string): Html => html`<h1>The club's board</h1>
${violation !== undefined && notice("bad", violation)}
<form class="login" method="post" action="/admin/login">
<input type="hidden" name="csrf" value="${csrf}">
<label for="token">Your access token</label>
<p class="hint" id="token-hint">The person who runs Touchline for the club gives it to you.</p>
<div class="together"><input id="token" name="token" type="password" autocomplete="current-password" required maxlength="500" aria-describedby="token-hint"><button class="primary">Open the board</button></div>
</form>`;
