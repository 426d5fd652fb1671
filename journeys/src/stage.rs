//! A stage for journeys of a browser: an app that a browser finds at `http://localhost:<port>`, with the fixed clock and
//! the mailbox of a test, and moved from outside. It is started with settings, `NAME=value`, by their environment variables
//! without `BAILIWICK_`. The first line that it prints is `{"url": …}`; then it takes commands as
//! lines of JSON, and answers each with one. See `browser/`.

use std::{io::Write as _, time::Duration};

use bailiwick::permissions::Scope;
use serde::Deserialize;
use serde_json::{Value, json};
use test_app::{Phone, Served, TestApp};

/// What may happen on the stage.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Command {
    /// Time passes.
    Advance { seconds: u64 },
    /// Every mail so far, once no job is left that could send one.
    Mails,
    /// A workspace, owned by `ana@<name>.example`.
    Workspace { name: String },
    /// A link by which somebody becomes the owner of a new workspace.
    OwnerLink { workspace: String },
    /// A link with which the product lets a member into the console: to one page, if one is named, and with a way back.
    PortalLink { workspace: String, person: String, page: Option<String>, back: Option<String> },
    /// What an authenticator app shows that was told this secret.
    AppCode { secret: String },
    /// A token of a workspace, for a member's use.
    Token { workspace: String, description: String },
    /// GitHub reports that a secret was found.
    Leak { secret: String },
    /// The play is over: no job may be left, and the audit fits together.
    End,
}

#[tokio::main]
async fn main() {
    let settings: Vec<String> = std::env::args().skip(1).collect();
    let settings: Vec<_> = settings.iter().map(|one| one.split_once('=').expect("NAME=value")).collect();
    let (app, served) = TestApp::at_localhost(&settings).await;
    say(&json!({ "url": app.app.public_url }));
    // Waits in the way of this task alone: the node has others.
    for line in std::io::stdin().lines() {
        let line = line.expect("commands can be read");
        let command = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{line}: {why}"));
        if let Command::End = command {
            stop(served).await;
            app.end().await;
            say(&json!({}));
            return;
        }
        say(&obey(&app, command).await);
    }
    // Whoever played went away in the middle, and has a reason to tell that counts for more than what is left here.
    stop(served).await;
    app.end_node().await;
}

async fn obey(app: &TestApp, command: Command) -> Value {
    match command {
        Command::Advance { seconds } => {
            app.clock.pass(Duration::from_secs(seconds));
            json!({})
        }
        Command::Mails => {
            app.until_no_job_is_left().await;
            let mails = app.mails().into_iter();
            mails.map(|mail| json!({ "to": mail.to, "subject": mail.subject, "text": mail.text })).collect()
        }
        Command::Workspace { name } => json!({ "id": app.workspace(&name).await.id.as_str() }),
        Command::OwnerLink { workspace } => json!({ "url": app.owner_link(&workspace).await }),
        Command::PortalLink { workspace, person, page, back } => {
            let key = app.operator_key(&[Scope::Portal]).await;
            let wanted =
                json!({ "workspace": workspace, "person": person, "page": page, "return_url": back });
            app.post("/v1/portal-links", &key, &wanted).await.with_status(201).json
        }
        Command::AppCode { secret } => json!({ "code": Phone::of_secret(&secret).code(app.clock_now()) }),
        Command::Token { workspace, description } => {
            let id = workspace.parse().unwrap_or_else(|why| panic!("{workspace}: {why}"));
            let token = app.workspace_of(id).token(&description).await;
            json!({ "id": token.id.as_str(), "secret": token.secret })
        }
        Command::Leak { secret } => {
            app.report_github(&json!([{ "token": secret }])).await.with_status(200);
            json!({})
        }
        Command::End => unreachable!("it is obeyed by who owns the app"),
    }
}

async fn stop(served: Served) {
    served.stop();
    served.ended().await;
}

fn say(answer: &Value) {
    let mut out = std::io::stdout();
    // Whoever does not listen any more has closed the commands too.
    let _ = writeln!(out, "{answer}").and_then(|()| out.flush());
}
