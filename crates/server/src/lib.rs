//! Bailiwick: the account-security layer that every SaaS product has to build, as one binary.
//!
//! Start reading at [`routes`] (one line per capability), then a capability's `mod.rs`, its `routes.rs`, and the verb.

pub mod app;
pub mod audit;
pub mod backup;
pub mod cli;
pub mod columns;
pub mod config;
pub mod demo;
#[cfg(test)]
mod documents;
pub mod events;
pub mod exposure;
mod home;
pub mod ids;
pub mod insights;
pub mod jobs;
pub mod keyring;
pub mod listen;
pub mod mail;
pub mod partner;
pub mod permissions;
pub mod reload;
mod rounds;
pub mod routes;
pub mod schema;
pub mod serve;
pub mod signin;
pub mod telemetry;
pub mod tokens;
pub mod web;
pub mod workspaces;
