//! # The command line
//!
//! - A command calls the same verb as the console and HTTP do, on the database itself, in the name of this machine.
//! - It ends with 0 when it is done; with 1 and one plain sentence on standard error when it was refused; with 2 when the
//!   command was written wrongly.
//! - With `--json` the answer is JSON. What shows a secret prints JSON always.
//! - Each subcommand is a line of [`Command`] and a file of its own.

mod audit;
mod backup;
mod breaches;
mod common;
mod demo;
mod ended;
mod heads;
mod import;
mod jobs;
mod keyring;
mod member;
mod openapi;
mod operator_key;
mod owner_link;
mod patterns;
pub(crate) mod print;
mod report;
mod serve;
mod shown_once;
pub(crate) mod signals;
mod token;
mod values;
mod workspace;

use std::{process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

pub(crate) use ended::Ended;

use common::Common;

/// Account security for a SaaS product: API tokens that die when they leak.
///
/// Commands work on the database that the settings name; no server need run. Exit status: 0 done, 1 refused (one
/// sentence on standard error says why), 2 wrong usage.
#[derive(Parser)]
#[command(name = "bailiwick", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server until SIGINT or SIGTERM.
    Serve,
    /// Show the main job from end to end on an embedded database, step by step; then keep serving until Ctrl-C.
    ///
    /// It runs in a place of its own, with settings of its own: `--config` is not read.
    Demo(demo::Demo),
    /// Make or list workspaces: the customers' accounts.
    #[command(subcommand)]
    Workspace(workspace::Command),
    /// Add people to a workspace, or remove them.
    #[command(subcommand)]
    Member(member::Command),
    /// Make, list, show, rotate, revoke or verify API tokens.
    #[command(subcommand)]
    Token(token::Command),
    /// Make keys for the product's gateway and for whoever manages workspaces over HTTP.
    #[command(subcommand)]
    OperatorKey(operator_key::Command),
    /// Make a one-time link with which somebody becomes a workspace's first owner.
    OwnerLink(owner_link::OwnerLink),
    /// Make the file in which passwords are looked up that are known from breaches.
    #[command(subcommand)]
    Breaches(breaches::Command),
    /// Report a leaked token as GitHub or GitLab would, to try a server out.
    #[command(subcommand)]
    Report(report::Command),
    /// Print what a scanner needs to find the tokens of the prefixes that the settings name.
    Patterns(patterns::Patterns),
    /// List what is to be done later, do it now, or have it tried again.
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// Copy the database into a file, while the server runs, or restore such a copy.
    #[command(subcommand)]
    Backup(backup::Command),
    /// Check that nobody has changed what is on record, or write a workspace's audit for somebody who checks it.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Show the keys that open what is sealed, or rotate them.
    #[command(subcommand)]
    Keyring(keyring::Command),
    /// Print the OpenAPI description of the HTTP interface, as JSON.
    Openapi,
}

impl Command {
    async fn run(self, common: &Common) -> Result<(), Ended> {
        match self {
            Self::Serve => serve::run(common).await,
            Self::Demo(demo) => demo.run().await,
            Self::Workspace(command) => command.run(common).await,
            Self::Member(command) => command.run(common).await,
            Self::Token(command) => command.run(common).await,
            Self::OperatorKey(command) => command.run(common).await,
            Self::OwnerLink(link) => link.run(common).await,
            Self::Breaches(command) => command.run(common).await,
            Self::Report(command) => command.run(common).await,
            Self::Patterns(patterns) => patterns.run(common).await,
            Self::Jobs(command) => command.run(common).await,
            Self::Backup(command) => command.run(common).await,
            Self::Audit(command) => command.run(common).await,
            Self::Keyring(command) => command.run(common).await,
            Self::Openapi => openapi::run(),
        }
    }
}

/// The whole program.
pub fn main() -> ExitCode {
    let Cli { common, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(wrong) => {
            // Help asked for goes to standard output and is a success; clap knows which is which.
            let _ = wrong.print();
            return ExitCode::from(u8::try_from(wrong.exit_code()).unwrap_or(2));
        }
    };
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return Ended::refused(format!("the program cannot start: {error}")).exit(),
    };
    let ended = runtime.block_on(command.run(&common));
    leave(runtime);
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => ended.exit(),
    }
}

/// How long threads may go on that nobody waits for any more.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Leaves threads behind that hang on a file system which does not answer: by now everything is done that somebody waited for, and
/// nobody would hear a second signal.
fn leave(runtime: Runtime) {
    runtime.shutdown_timeout(LAST_WAIT);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_declared() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_thread_that_hangs_does_not_keep_the_program_from_ending() {
        let runtime = Runtime::new().unwrap();
        let (end, hangs) = mpsc::channel::<()>();
        let (begin, begun) = mpsc::channel();
        runtime.spawn_blocking(move || {
            begin.send(()).unwrap();
            hangs.recv()
        });
        begun.recv().unwrap();
        let (tell, ended) = mpsc::channel();
        std::thread::spawn(move || {
            leave(runtime);
            tell.send(()).unwrap();
        });
        assert!(ended.recv_timeout(Duration::from_secs(30)).is_ok());
        assert!(end.send(()).is_ok(), "it hangs still");
    }
}
