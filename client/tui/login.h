#pragma once
/* Who sits here: taken up from the desk's login, or asked for. */
struct app;

/* Asks the daemon who it is; then the first screen, or the form to log in. */
void login_begin(struct app *app);
/* The login has ended: asks for it again, over what is on screen. */
void login_again(struct app *app);
