//! Passwords: how they are checked and stored, and what is said of new ones.

mod breached;
mod check;
mod desk;
mod guidance;
mod import;
mod set;

pub use breached::Breached;
pub use check::{Checked, NotTried, check, check_at, follow_up};
pub use desk::{Busy, Desk};
pub use guidance::{Advice, Context, advise};
pub use import::{Foreign, Imported, import};
pub use set::{Refusal, change, checked, put};
