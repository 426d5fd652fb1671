//! What a change brings with it: its entry in the audit, and what is sent because of it.

use super::{named, sources_of_the_product, writes};

/// The tables of what people decide about. Whoever writes one of them says so in the audit.
const DECIDED: [&str; 7] =
    ["workspaces", "people", "members", "tokens", "former_secrets", "digest_schemes", "unchecked_prefixes"];
/// How it is said: `note` is how workspaces do it. Both take the transaction, so that it is the change's own.
const SAID: [&str; 2] = ["audit::record(", "note(&mut tx, "];
/// Who writes one of them and says nothing, and why.
const SILENT: [(&str, &str); 6] = [
    ("keyring/fields.rs", "it seals anew what is there already; that the key is rotated is on record"),
    ("schema/readable.rs", "it seals what is there already, and changes nothing of what it says"),
    (
        "tokens/expose.rs",
        "it runs in the transactions of exposure/take.rs and exposure/deadlines.rs, which say it",
    ),
    ("tokens/last_used.rs", "that a token is used is no change of it"),
    ("workspaces/index.rs", "it hashes anew what is there already; that the key is rotated is on record"),
    ("workspaces/operator.rs", "the operator's own workspace is made by the program, and decided by nobody"),
];

#[test]
fn who_changes_what_people_decide_about_says_so_in_the_audit() {
    let mut silent = Vec::new();
    for (file, text) in sources_of_the_product() {
        let program = text.split("#[cfg(test)]").next().unwrap_or_default();
        let changes = DECIDED.iter().any(|table| writes(program, table));
        if changes && !SAID.iter().any(|said| program.contains(said)) {
            silent.push(named(&file));
        }
    }
    silent.sort();
    assert_eq!(silent, SILENT.map(|(file, _)| file));
}

/// Who asks something of somebody outside, and why it may.
const ASKING: [(&str, &str); 7] = [
    ("audit/heads/destination.rs", "for a job"),
    (
        "audit/webhook.rs",
        "for a job, and for a turn of the stream: one node at a time, behind the change that it tells of",
    ),
    ("demo/caller.rs", "the demo plays the gateway"),
    ("exposure/keys/fetch.rs", "what is fetched is needed for the answer, and nothing is sent with it"),
    ("insights/deliver.rs", "a job"),
    ("partner/report.rs", "`report send` and the demo play the partner"),
    (
        "signin/password/breached.rs",
        "what is asked for is needed for the answer, and five characters of a digest are sent with it",
    ),
];
/// Who touches the mail library's ways out, and why it may.
const MAILING: [(&str, &str); 2] =
    [("mail/smtp.rs", "sends for the job"), ("mail/smtp_url.rs", "reads a setting")];
/// What jobs do. They alone begin it.
const DONE_BY_JOBS: [(&str, &str); 7] = [
    (".deliver(mail)", "mail/jobs.rs"),
    ("audit::deliver_heads(", "jobs.rs"),
    ("exposure::tell_ended(", "jobs.rs"),
    ("exposure::tell_owners(", "jobs.rs"),
    ("insights::deliver(", "jobs.rs"),
    ("link::mail_resets(", "jobs.rs"),
    ("mail::send(", "jobs.rs"),
];

#[test]
fn what_is_sent_is_sent_by_a_job() {
    let asks = |program: &str| {
        let imported = program
            .split("use outgoing::")
            .skip(1)
            .any(|rest| rest.split(';').next().is_some_and(|names| names.contains("Request")));
        imported || program.contains("outgoing::Request")
    };
    let mails = |program: &str| {
        ["lettre::transport", "AsyncSmtpTransport", "AsyncSmtpConnection"]
            .iter()
            .any(|way| program.contains(way))
    };
    assert_eq!(files_in_which(asks), ASKING.map(|(file, _)| file));
    assert_eq!(files_in_which(mails), MAILING.map(|(file, _)| file));
    for (begun, by) in DONE_BY_JOBS {
        assert_eq!(files_in_which(|program| program.contains(begun)), [by], "who begins {begun}…)?");
    }
}

fn files_in_which(is_so: impl Fn(&str) -> bool) -> Vec<String> {
    let programs = sources_of_the_product()
        .into_iter()
        .filter(|(_, text)| is_so(text.split("#[cfg(test)]").next().unwrap_or_default()));
    let mut files: Vec<String> = programs.map(|(file, _)| named(&file)).collect();
    files.sort();
    files
}
