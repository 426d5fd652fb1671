//! What all routes share: who calls, what they sent, pages of lists, and refusals in one form.

mod again;
mod arrival;
mod body;
mod caller;
pub mod console;
pub mod docs;
mod host;
mod layers;
mod once;
pub mod openapi;
pub mod operation;
mod origin;
mod page;
mod params;
mod path;
mod problem;
mod readiness;
mod recorded;
mod secure;
mod text;

pub use again::again;
pub use body::{Body, object};
pub use caller::Caller;
pub use layers::layers;
pub use once::{Once, OnceKey, Refusal as OnceRefusal, form_key};
pub use origin::{Origin, origin};
pub use page::Page;
pub use params::Params;
pub use path::{MemberPath, TokenPath, WorkspacePath};
pub use problem::{Problem, Stop};
pub use readiness::Readiness;
pub use text::{BadText, line, private_line};
