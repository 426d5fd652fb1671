//! What members and owners see and do on the pages of their workspace.

mod audit;
mod change;
mod leaks;
mod look;
mod make;
mod settings;
mod story;
