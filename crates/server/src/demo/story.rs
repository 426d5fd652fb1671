//! The steps.

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use token_format::mint;

use super::{
    caller::Caller,
    letter::{self, Letter},
    place::Place,
    told::Told,
    wait,
};
use crate::{
    cli::Ended,
    exposure::Partner,
    partner::{self, Item},
    permissions::{Authority, Scope},
    signin::link::{self, WantedPortal},
    tokens,
};

/// A step answers what it found, in words, or why it did not hold.
type Step<T> = Result<T, String>;

const OWNER: &str = "ana@acme.example";
const LEAKED_AT: &str = "https://github.com/acme/firmware/blob/4f5ad8a/deploy.sh#L7";
/// How long the link into the console may be opened: whoever watches reads first.
const FOR_READERS: Duration = Duration::from_hours(24);
const SEEN_AGAIN_AT: &str = "https://github.com/somebody/fork/blob/4f5ad8a/deploy.sh#L7";

/// Tells it all; ends at the first step that does not hold.
pub async fn tell(place: &Place, told: &mut Told) -> Result<(), Ended> {
    macro_rules! step {
        ($step:expr) => {
            match $step.await {
                Ok(found) => found,
                Err(why) => return Err(told.failed(&why)),
            }
        };
    }

    let key = step!(operator_key(place));
    told.step("The operator makes a key for the product's gateway")?;
    Told::detail(&beginning_of(&key))?;
    let gateway = Caller::new(place, key);

    let workspace = step!(workspace(&gateway));
    told.step(&format!("A customer signs up: workspace Acme, owned by {OWNER}"))?;
    Told::detail(&workspace)?;

    let token = step!(token(&gateway, &workspace));
    told.step("Ana makes an API token for her deploy-bot, and sees it this once")?;
    Told::detail(&beginning_of(&token))?;

    step!(verdict(&gateway, &token, "VALID"));
    told.step("The bot calls the product; its gateway asks whether the token may pass")?;
    Told::detail("VALID")?;

    let mails_before = letter::in_folder(&place.mails());
    let begun = Instant::now();
    let feedback = step!(report(place, &token, LEAKED_AT));
    told.step("The token lands in a public commit. GitHub finds it, and two that look like it, and reports all three")?;
    Told::detail(&feedback)?;

    step!(verdict(&gateway, &token, "REVOKED"));
    let to_revoked = begun.elapsed();
    told.step("Somebody else tries it; the gateway asks again")?;
    Told::detail("REVOKED")?;

    let letter = step!(mail(place, &mails_before));
    told.step(&format!("{OWNER} has mail"))?;
    Told::detail(&letter)?;

    let event = step!(event(place));
    told.step("The product's analytics have an event")?;
    Told::detail(&event)?;

    let sightings = step!(seen_again(place, &gateway, &workspace, &token, &mails_before));
    told.step("GitHub finds it in a fork and reports it again: one more sighting, no second mail")?;
    Told::detail(&sightings)?;

    let console = step!(console(place, &gateway, &workspace));
    told.step("Ana opens the console: a one-time link lets her in")?;
    Told::detail(&console)?;

    told.end(to_revoked)
}

/// Makes a link into the console, and looks at its page, which uses nothing up.
async fn console(place: &Place, gateway: &Caller<'_>, workspace: &str) -> Step<String> {
    let wanted = WantedPortal {
        workspace: workspace.parse().map_err(|_| format!("{workspace} is no workspace's id"))?,
        person: OWNER.into(),
        page: None,
        minutes: None,
        return_url: None,
    };
    let by = Authority::on_this_machine();
    let made = link::make_lasting_portal_link(&place.app, &by, wanted, FOR_READERS).await;
    let url = made.map_err(|stop| format!("no link was made: {stop:?}"))?.url;
    let path = url.expose().strip_prefix(&place.app.public_url).ok_or("the link leads elsewhere")?;
    let page = gateway.page(path).await?;
    if !page.contains("Open the console") {
        return Err("the link's page has no button".to_owned());
    }
    Ok(format!("{}\n{}", place.app.public_url, url.expose()))
}

/// As much of a secret as a screen should hold.
fn beginning_of(secret: &str) -> String {
    format!("{}…", secret.chars().take(12).collect::<String>())
}

fn text(value: &Value) -> Step<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("a text was expected, not {value}"))
}

async fn operator_key(place: &Place) -> Step<String> {
    let made = tokens::create_operator_key(&place.app, "demo gateway", &[Scope::Verify, Scope::Manage]).await;
    let (_, secret) = made.map_err(|stop| format!("no operator key was made: {stop:?}"))?;
    Ok(secret.expose().to_owned())
}

async fn workspace(gateway: &Caller<'_>) -> Step<String> {
    let made = gateway.post("/v1/workspaces", &json!({"name": "Acme", "owner": {"mail": OWNER}})).await?;
    text(&made["id"])
}

async fn token(gateway: &Caller<'_>, workspace: &str) -> Step<String> {
    let wanted = json!({"description": "deploy-bot", "creator": OWNER});
    let made = gateway.post(&format!("/v1/workspaces/{workspace}/tokens"), &wanted).await?;
    text(&made["secret"])
}

async fn verdict(gateway: &Caller<'_>, token: &str, expected: &str) -> Step<()> {
    let verdict = gateway.post("/v1/tokens/verify", &json!({"token": token})).await?;
    if verdict["code"] == expected {
        return Ok(());
    }
    Err(format!("the verdict was to be {expected}, and is {}", verdict["code"]))
}

/// Reports the token with one that was never issued and one whose checksum is wrong.
async fn report(place: &Place, token: &str, url: &str) -> Step<String> {
    let never_issued = mint(place.app.prefixes.current(), &mut |bytes| place.app.chance.fill(bytes));
    let wrong_checksum = look_alike(token);
    let labels = send(place, &[token, never_issued.expose(), &wrong_checksum], url).await?;
    if labels != ["true_positive", "false_positive", "false_positive"] {
        return Err(format!("the feedback does not fit: {}", labels.join(", ")));
    }
    Ok(format!(
        "{}  the token                 {}\n{}  never issued              {}\n{}  its checksum is wrong     {}",
        beginning_of(token),
        labels[0],
        beginning_of(never_issued.expose()),
        labels[1],
        beginning_of(&wrong_checksum),
        labels[2],
    ))
}

/// The same token with another last character, which belongs to the checksum.
fn look_alike(token: &str) -> String {
    let last = if token.ends_with('0') { '1' } else { '0' };
    token.chars().take(token.chars().count() - 1).chain([last]).collect()
}

/// Signs a report as GitHub, sends it, and answers the labels of the feedback.
async fn send(place: &Place, found: &[&str], url: &str) -> Step<Vec<String>> {
    let item = |token| Item { token, token_type: "bwk_api_token", url, source: Some("commit") };
    let items: Vec<Item<'_>> = found.iter().copied().map(item).collect();
    let to = partner::address(&format!("http://{}", place.address), Partner::Github);
    let sent = partner::send(&place.client, &to, Partner::Github, &place.signer, &items).await;
    let answered = sent.map_err(|fault| format!("the report could not be sent: {fault}"))?;
    let body = String::from_utf8_lossy(&answered.body);
    if !answered.status.is_success() {
        return Err(format!("the report was answered {}: {body}", answered.status));
    }
    let feedback: Vec<Value> =
        serde_json::from_str(&body).map_err(|_| format!("the answer is no feedback: {body}"))?;
    feedback.iter().map(|item| text(&item["label"])).collect()
}

/// Waits for the mail, and answers its beginning.
async fn mail(place: &Place, before: &BTreeSet<PathBuf>) -> Step<String> {
    let file = wait::until("the mail", async || {
        Ok(letter::in_folder(&place.mails()).difference(before).next().cloned())
    })
    .await?;
    let raw =
        fs::read_to_string(&file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let Letter { subject, text } = Letter::of(&raw);
    if !raw.contains(OWNER) || !text.contains(LEAKED_AT) || !text.contains("no longer works") {
        return Err(format!("the mail does not say what it should: {subject}"));
    }
    let (beginning, _) = text.split_once("\nWHAT TO DO").unwrap_or((&text, ""));
    Ok(format!("Subject: {subject}\n\n{}\n\n… and what to do now.", beginning.trim()))
}

/// Waits for the track event of the leak.
async fn event(place: &Place) -> Step<String> {
    let received = wait::in_time("the track event", place.world.revoked_at(LEAKED_AT)).await?;
    let event = received.ok_or("the tracking endpoint is gone")?;
    if event["properties"]["origin"] != "github" {
        return Err(format!("the event does not fit: {event}"));
    }
    Ok(format!("{} {}", text(&event["event"])?, event["properties"]))
}

/// Reports the token once more, waits until nothing is left to be done, and looks at what came of it.
async fn seen_again(
    place: &Place,
    gateway: &Caller<'_>,
    workspace: &str,
    token: &str,
    mails_before: &BTreeSet<PathBuf>,
) -> Step<String> {
    let labels = send(place, &[token], SEEN_AGAIN_AT).await?;
    if labels != ["true_positive"] {
        return Err(format!("the feedback does not fit: {}", labels.join(", ")));
    }
    wait::until("the end of all jobs", async || {
        let left = jobs::list(&place.app.db, None, 1).await.map_err(|fault| fault.to_string())?;
        Ok(left.is_empty().then_some(()))
    })
    .await?;
    let mails = letter::in_folder(&place.mails()).difference(mails_before).count();
    if mails != 1 {
        return Err(format!("there was to be one mail, and there are {mails}"));
    }
    let sightings = gateway.get(&format!("/v1/workspaces/{workspace}/sightings")).await?;
    let outcomes: Vec<&Value> =
        sightings["items"].as_array().into_iter().flatten().map(|item| &item["outcome"]).collect();
    if outcomes != ["already_revoked", "revoked"] {
        return Err(format!("the sightings do not fit: {sightings}"));
    }
    Ok(format!("already_revoked  {SEEN_AGAIN_AT}\nrevoked          {LEAKED_AT}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_alike_differs_in_its_last_character() {
        assert_eq!(look_alike("bwk_abc"), "bwk_ab0");
        assert_eq!(look_alike("bwk_ab0"), "bwk_ab1");
    }

    #[test]
    fn the_screen_shows_little_of_a_secret() {
        assert_eq!(beginning_of("bwk_0123456789"), "bwk_01234567…");
    }
}
