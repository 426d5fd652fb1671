//! The real program, run as a person or a script runs it.

#[path = "cli/program.rs"]
mod program;

use std::{fs::OpenOptions, io, process::Stdio};

use program::{Program, Ran};
use serde_json::Value;

#[test]
fn a_token_lives_and_dies_at_the_command_line() {
    let program = Program::new();
    let workspace = program.json(&["workspace", "create", "--name", "Acme", "--owner", "ana@acme.example"]);
    let workspace = workspace["id"].as_str().unwrap();
    let added =
        program.json(&["member", "add", "--workspace", workspace, "--mail", "bo@acme.example", "--json"]);
    assert_eq!(added["role"], "member");

    let create = ["token", "create", "--workspace", workspace, "--description", "deploy-bot"];
    let token =
        program.json(&[&create[..], &["--creator", "bo@acme.example", "--expires-in", "90d"]].concat());
    let (id, secret) = (token["id"].as_str().unwrap(), token["secret"].as_str().unwrap());
    assert!(secret.starts_with("bwk_") && token["expires_at"].is_string(), "{token}");
    assert_eq!(program.verdict(secret), "VALID");

    // What shows a secret is JSON without being asked for it.
    let rotated = program.json(&["token", "rotate", id, "--overlap", "0s"]);
    let new_secret = rotated["secret"].as_str().unwrap();
    assert_ne!(secret, new_secret);
    assert_eq!(program.verdict(secret), "EXPIRED");
    assert_eq!(program.verdict(new_secret), "VALID");

    program.run(&["token", "revoke", id]).done();
    assert_eq!(program.verdict(new_secret), "REVOKED");
    let shown = program.run(&["token", "show", id]).done();
    assert!(shown.contains("revoked") && !shown.contains(new_secret), "{shown}");
    let listed = program.run(&["token", "list", "--workspace", workspace]).done();
    assert!(listed.contains("deploy-bot") && !listed.contains(new_secret), "{listed}");
}

#[test]
fn many_tokens_are_revoked_at_once_after_a_dry_run() {
    let program = Program::new();
    let workspace = program.json(&["workspace", "create", "--name", "Acme", "--owner", "ana@acme.example"]);
    let workspace = workspace["id"].as_str().unwrap();
    let create = ["token", "create", "--workspace", workspace, "--description", "x"];
    let kept = program.json(&create);
    let first = program.json(&[&create[..], &["--role", "owner"]].concat());
    program.json(&[&create[..], &["--role", "owner"]].concat());

    let revoke =
        ["token", "revoke", "--workspace", workspace, "--role", "owner", "--unused-since", "0s", "--json"];
    let counted = program.json(&[&revoke[..], &["--dry-run"]].concat());
    assert_eq!((&counted["count"], &counted["dry_run"]), (&2.into(), &true.into()));
    assert_eq!(program.verdict(first["secret"].as_str().unwrap()), "VALID");

    assert_eq!(program.json(&revoke)["count"], 2);
    assert_eq!(program.verdict(first["secret"].as_str().unwrap()), "REVOKED");
    assert_eq!(program.verdict(kept["secret"].as_str().unwrap()), "VALID");
}

#[test]
fn what_is_refused_ends_with_1_and_one_sentence() {
    let program = Program::new();
    let workspace = program.json(&["workspace", "create", "--name", "Acme", "--owner", "ana@acme.example"]);
    let workspace = workspace["id"].as_str().unwrap();
    let no_workspace = "There is no such workspace.\n";
    for unknown in ["nonsense", "ws_01M84G7ZZ5584SK2QXY44XCQYP"] {
        let create = ["token", "create", "--workspace", unknown, "--description", "x"];
        assert_eq!(program.run(&create).refused(), no_workspace);
        assert_eq!(program.run(&["token", "list", "--workspace", unknown]).refused(), no_workspace);
    }
    let remove = ["member", "remove", "--workspace", workspace, "--mail", "ana@acme.example"];
    let last_owner = program.run(&remove).refused();
    assert!(last_owner.contains("always has at least one owner"), "{last_owner}");
    let stranger =
        ["token", "create", "--workspace", workspace, "--description", "x", "--creator", "bo@acme.example"];
    assert!(program.run(&stranger).refused().contains("must be a member"));
    assert_eq!(program.run(&["token", "revoke", "nonsense"]).refused(), "There is no such token.\n");
    assert!(program.run(&["jobs", "run", "nonsense"]).refused().contains("deadlines"));
    assert_eq!(program.run(&["jobs", "retry", "nonsense"]).refused(), "There is no such job.\n");
}

#[test]
fn what_is_written_wrongly_ends_with_2() {
    let program = Program::new();
    let wrong: [&[&str]; 10] = [
        &[],
        &["nonsense"],
        &["token", "create", "--workspace", "ws_1"],
        &["token", "create", "--workspace", "ws_1", "--description", "x", "--expires-in", "90"],
        &["token", "rotate", "tok_1", "--overlap", "31d"],
        &["token", "revoke", "--workspace", "ws_1"],
        &["token", "revoke", "tok_1", "--role", "owner"],
        &["token", "revoke", "tok_1", "--dry-run"],
        &["token", "revoke", "--workspace", "ws_1", "--dry-run"],
        &["operator-key", "create", "--name", "x", "--scopes", "everything"],
    ];
    for arguments in wrong {
        program.run(arguments).written_wrongly();
    }
}

#[test]
fn a_bad_setting_is_named_with_its_place() {
    let program = Program::new().with("BAILIWICK_SERVER__LISTEN", "nowhere");
    let said = program.run(&["serve"]).refused();
    assert!(said.contains("server.listen") && said.contains("BAILIWICK_SERVER__LISTEN"), "{said}");

    let program = Program::new();
    let file = program.file("other.toml", "[token]\nprefix = \"Acme\"\n");
    let said = program.run(&["workspace", "list", "--config", &file]).refused();
    assert!(said.contains("token.prefix") && said.contains("line 2"), "{said}");
    assert!(
        program
            .run(&["workspace", "list", "--config", "not-there.toml"])
            .refused()
            .contains("not-there.toml")
    );
}

#[test]
fn a_database_that_is_away_is_told_in_a_sentence() {
    let program = Program::new().with("BAILIWICK_DATABASE__URL", "postgres://nobody@127.0.0.1:1/none");
    let said = program.run(&["workspace", "list"]).refused();
    assert!(said.contains("database") && said.lines().count() == 1, "{said}");
}

#[test]
fn operator_keys_verify_and_manage_unless_said_otherwise() {
    let program = Program::new();
    let key = program.json(&["operator-key", "create", "--name", "gateway"]);
    assert_eq!(key["scopes"], "verify,manage");
    assert!(key["secret"].as_str().unwrap().starts_with("bwkop_"));
    let key = program.json(&["operator-key", "create", "--name", "security", "--scopes", "security"]);
    assert_eq!(key["scopes"], "security");
}

#[test]
fn what_the_mail_about_an_operator_key_says_to_do_can_be_done() {
    let program = Program::new();
    let key = program.json(&["operator-key", "create", "--name", "gateway-1", "--scopes", "verify"]);
    let (id, workspace) = (key["id"].as_str().unwrap(), key["workspace_id"].as_str().unwrap());
    program.run(&["token", "revoke", id]).done();
    let listed = program.run(&["token", "list", "--workspace", workspace]).done();
    assert!(listed.contains("gateway-1") && listed.contains("revoked"), "{listed}");
}

#[test]
fn a_token_is_read_from_standard_input_too() {
    let program = Program::new();
    let asked = program.run_with(&["token", "verify", "-"], "  nonsense \n").done();
    assert_eq!(asked, "MALFORMED\n");
}

#[test]
fn patterns_are_those_of_the_settings() {
    let program = Program::new().with("BAILIWICK_TOKEN__PREFIX", "acme");
    let rules = program.run(&["patterns", "--for", "gitleaks"]).done();
    assert!(rules.contains("id = \"acme-api-token\"") && rules.contains("acmeop_"), "{rules}");
    program.run(&["patterns", "--for", "nobody"]).written_wrongly();
}

#[test]
fn openapi_is_printed_as_json() {
    let described = Program::new().json(&["openapi"]);
    assert!(described["paths"]["/v1/tokens/verify"].is_object());
}

#[test]
fn an_empty_list_says_so_and_is_an_empty_array() {
    let program = Program::new();
    assert_eq!(program.json(&["workspace", "list", "--json"]), Value::Array(Vec::new()));
    assert!(program.run(&["workspace", "list"]).done().contains("no workspace yet"));
    assert_eq!(program.run(&["jobs", "list"]).done(), "No job waits.\n");
    program.run(&["jobs", "run", "deadlines"]).done();
}

#[test]
fn help_shows_no_value_of_the_environment() {
    let program = Program::new().with("BAILIWICK_MAIL__SMTP_URL", "smtps://user:hush@mail.example");
    for command in [&["--help"][..], &["serve", "--help"], &["token", "create", "--help"]] {
        assert!(!program.run(command).done().contains("hush"));
    }
}

#[test]
fn a_server_does_not_start_without_the_prefix_that_its_tokens_have() {
    let program = Program::new();
    let workspace = program.json(&["workspace", "create", "--name", "Acme", "--owner", "ana@acme.example"]);
    let workspace = workspace["id"].as_str().unwrap();
    program.json(&["token", "create", "--workspace", workspace, "--description", "deploy-bot"]);
    let renamed = program.with("BAILIWICK_TOKEN__PREFIX", "acme").with("BAILIWICK_LOG__LEVEL", "error");
    let said = renamed.run(&["serve"]).refused();
    assert!(said.contains("\"bwk\"") && said.contains("token.former_prefixes"), "{said}");
}

#[test]
fn the_demo_keeps_out_of_a_folder_with_another_database() {
    let program = Program::new();
    let folder = tempfile::TempDir::new().unwrap();
    let in_use = folder.path().join("bailiwick.db");
    std::fs::write(&in_use, "somebody's").unwrap();
    let ran = program.run(&["demo", "--once", "--data", folder.path().to_str().unwrap()]);
    let said = ran.refused_at_the_end();
    assert!(said.contains("holds a database"), "{said}");
    assert_eq!(std::fs::read_to_string(in_use).unwrap(), "somebody's");
}

#[test]
fn the_demo_holds() {
    let told = Program::new().run(&["demo", "--once"]).done();
    for said in [
        "VALID",
        "REVOKED",
        "true_positive",
        "false_positive",
        "ana@acme.example has mail",
        "From report to revoked",
        "http://localhost:",
        "/portal/",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert!(!told.contains('\x1b'), "a pipe gets no colours");
}

#[test]
fn a_server_says_its_address_takes_a_report_and_ends_on_a_signal() {
    let program = Program::new();
    let keys = program.start(&["report", "keys", "--key", "github.pem", "--listen", "127.0.0.1:0"]);
    let program = program
        .with("BAILIWICK_EXPOSURE__GITHUB_KEYS_URL", &keys.address)
        .with("BAILIWICK_OUTGOING__ALLOWED", "127.0.0.1")
        .with("BAILIWICK_SERVER__LISTEN", "127.0.0.1:0");
    let server = program.start(&["serve"]);
    let workspace = program.json(&["workspace", "create", "--name", "Acme", "--owner", "ana@acme.example"]);
    let create = ["token", "create", "--workspace", workspace["id"].as_str().unwrap(), "--description", "x"];
    let token = program.json(&create);
    let secret = token["secret"].as_str().unwrap();

    let to = &server.address;
    let send =
        ["report", "send", "--as", "github", "--to", to, "--key", "github.pem", "--url", "https://x.example"];
    let reported = program
        .json(&[&send[..], &["--token", secret, "--source", "commit", "--repeat", "2", "--json"]].concat());
    assert_eq!(reported[0]["feedback"][0]["label"], "true_positive", "{reported}");
    assert_eq!(reported[1]["status"], 200, "{reported}");
    assert_eq!(program.verdict(secret), "REVOKED");
    let Ran { code, .. } = program.run(&[&send[..], &["--token", secret, "--as", "gitlab"]].concat());
    assert_eq!(code, Some(2), "--as is given once");
    let unknown_key = [
        "report",
        "send",
        "--as",
        "github",
        "--to",
        to,
        "--key",
        "other.pem",
        "--url",
        "",
        "--token",
        secret,
    ];
    assert!(program.run(&unknown_key).refused_at_the_end().contains("401"));

    assert_eq!(server.terminate(), Some(0));
    assert_eq!(keys.terminate(), Some(0));
}

/// A full disk, and a pipe that nobody reads.
fn out_of_reach() -> [Stdio; 2] {
    let full = OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let (unread, pipe) = io::pipe().expect("there is room for one");
    drop(unread);
    [full.into(), pipe.into()]
}

#[test]
fn a_token_whose_secret_nobody_could_be_shown_is_revoked_again() {
    let program = Program::new();
    let workspace = program.json(&["workspace", "create", "--name", "Acme", "--owner", "ana@acme.example"]);
    let workspace = workspace["id"].as_str().unwrap();
    let token = ["token", "create", "--workspace", workspace, "--description", "x"];
    let key = ["operator-key", "create", "--name", "gateway-1"];
    for command in [&token[..], &key[..]] {
        for out in out_of_reach() {
            let complaint = program.run_into(command, out).refused();
            let id = complaint.split([' ', ',']).find(|word| word.starts_with("tok_")).unwrap();
            assert!(complaint.contains("was revoked again"), "{complaint}");
            assert_eq!(program.json(&["token", "show", id, "--json"])["state"], "revoked");
        }
    }

    let live = program.json(&token);
    let id = live["id"].as_str().unwrap();
    for out in out_of_reach() {
        let complaint = program.run_into(&["token", "rotate", id], out).refused();
        assert!(complaint.contains(id) && complaint.contains("rotate it again"), "{complaint}");
    }
    assert_eq!(program.json(&["token", "show", id, "--json"])["state"], "live");
    // What shows no secret may go unread.
    for out in out_of_reach().into_iter().skip(1) {
        assert_eq!(program.run_into(&["token", "show", id], out).code, Some(0));
    }
}
