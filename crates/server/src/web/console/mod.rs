//! What the pages of the console share: who looks at them, what frames them, the forms they send, and what keeps other sites
//! from sending these.

mod color;
mod cookies;
mod files;
mod form;
mod frame;
mod look;
mod lost;
mod page;
mod same_origin;
mod visit;
mod visitor;

pub use cookies::{ATTEMPT, BROWSER, Cookies, SESSION, dropped, kept, set, set_theme};
pub use files::routes as files;
pub use form::{Fields, Form};
pub use frame::{Frame, Here, Notice, Place, Switch};
pub use look::Look;
pub use page::{page, pages, to, with_status};
pub use same_origin::same_origin;
pub use visit::Visit;
pub use visitor::{Inside, Owning, SignedIn, Turned, session_of};

/// Whether a path is one of the console's: something that a person opens in a browser.
pub fn is_page(path: &str) -> bool {
    const ALONE: [&str; 10] = [
        "/",
        "/sign-in",
        "/sign-up",
        "/sign-out",
        "/step-up",
        "/renew",
        "/forgot",
        "/account",
        "/guidance",
        "/theme",
    ];
    const BELOW: [&str; 9] = [
        "/sign-in/",
        "/account/",
        "/w/",
        "/assets/",
        "/welcome/",
        "/invitation/",
        "/reset/",
        "/address/",
        "/portal/",
    ];
    ALONE.contains(&path) || BELOW.iter().any(|begin| path.starts_with(begin))
}
