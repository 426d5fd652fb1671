//! Pages of the console, for a workspace with very many tokens, beside an answer that asks nothing of the database.

use std::{collections::BTreeMap, time::Instant};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use bailiwick::{
    ids::PersonId,
    listen::Peer,
    permissions::Authority,
    routes,
    signin::session::{self, Kind, LASTS, Means},
    tokens::{self, Source, Unsaid},
    web::Origin,
    workspaces::{self, Created, MemberRole, NewMember, NewWorkspace},
};
use serde_json::json;
use time_and_chance::{Chance as _, OsChance};
use tower::ServiceExt as _;

use crate::{
    Fault,
    figure::Figure,
    samples::{Samples, short},
    stage::Stage,
};

const TOKENS: usize = 10_000;
const MOST_MILLIS: f64 = 10.0;
const VIEWS: usize = 400;
const WARM_UP: usize = 20;
const LARGEST: usize = 10 << 20;

/// Opens each page many times, as an owner who is signed in.
pub async fn console(stage: &Stage) -> Result<Vec<Figure>, Fault> {
    let (workspace, person) = workspace(stage).await?;
    fill(stage, &workspace)?;
    let by = Authority::on_this_machine();
    let file = stage.folder().join("console.jsonl");
    tokens::import(&stage.app, &by, Source::Path(file), Unsaid::default()).await?;
    stage.settle().await?;
    let cookie = format!("__Host-session={}", sign_in(stage, &person).await?);
    let (router, _) = routes::router(stage.app.clone());
    let mut figures = Vec::new();
    let pages = ["", "/tokens", "/leaks", "/people", "/audit", "/settings"]
        .map(|end| (format!("/w/{workspace}{end}"), end));
    for (path, end) in pages.into_iter().chain([("/account".to_owned(), "/account")]) {
        let (mut views, mut bare, mut weight) = (Samples::default(), Samples::default(), 0);
        for view in 0..VIEWS + WARM_UP {
            let begun = Instant::now();
            weight = open(&router, &path, &cookie).await?;
            let took = begun.elapsed();
            let begun = Instant::now();
            open(&router, "/healthz", &cookie).await?;
            if view >= WARM_UP {
                views.add(took);
                bare.add(begun.elapsed());
            }
        }
        let p99 = views.p99().as_secs_f64() * 1e3;
        let name = if end.is_empty() { "/ (home)" } else { end };
        figures.push(Figure {
            what: format!("console page {name}, {TOKENS} tokens in the workspace, p99"),
            engine: stage.engine(),
            measured: format!(
                "{} (median {}; {} kB of HTML)",
                short(views.p99()),
                short(views.median()),
                weight / 1000
            ),
            baseline: format!("`/healthz`, p99: {}", short(bare.p99())),
            ratio: views.p99().as_secs_f64() / bare.p99().as_secs_f64(),
            target: format!("at most {MOST_MILLIS} ms"),
            holds: Some(p99 <= MOST_MILLIS),
        });
    }
    Ok(figures)
}

async fn workspace(stage: &Stage) -> Result<(String, PersonId), Fault> {
    let owner = NewMember {
        mail: "ana@acme.example".into(),
        name: None,
        external_id: None,
        role: Some(MemberRole::Owner),
    };
    let wanted = NewWorkspace { name: "Acme".into(), external_id: None, exposure_policy: None, owner };
    let by = Authority::on_this_machine();
    let made = workspaces::create(&stage.app, &by, wanted, None).await;
    let Ok(Created::New(workspace)) = made else { return Err("no workspace was made".into()) };
    let address = bailiwick::mail::address("ana@acme.example")?;
    let person = workspaces::person_with(&stage.app, &address).await?.ok_or("nobody was made")?;
    Ok((workspace.id.to_string(), person.id))
}

/// Tokens as they are imported: with descriptions, which are sealed, and a creator.
fn fill(stage: &Stage, workspace: &str) -> Result<(), Fault> {
    let lines = (0..TOKENS).map(|at| {
        let mut digest = [0; 32];
        OsChance.fill(&mut digest);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let line = BTreeMap::from([
            ("workspace", json!(workspace)),
            ("digest", json!(digest)),
            ("algorithm", json!("sha256")),
            ("encoding", json!("hex")),
            ("prefix_hashed", json!(true)),
            ("description", json!(format!("deploy bot number {at}"))),
            ("creator", json!("ana@acme.example")),
        ]);
        serde_json::to_string(&line)
    });
    let text = lines.collect::<Result<Vec<_>, _>>()?.join("\n");
    Ok(std::fs::write(stage.folder().join("console.jsonl"), text)?)
}

async fn sign_in(stage: &Stage, person: &PersonId) -> Result<String, Fault> {
    let (now, mut tx) = (stage.app.now(), stage.app.db.begin().await?);
    let origin = Origin {
        address: Some([192, 0, 2, 7].into()),
        user_agent: None,
        request_id: bailiwick::ids::RequestId::new(now.when, now.chance),
    };
    let begun =
        session::begin_in(&mut tx, now, person, &Kind::Full, Means::Authenticator, &origin, LASTS, None)
            .await?;
    tx.commit().await?;
    Ok(begun.secret.text().expose().to_owned())
}

/// Opens a page, and answers how large it is.
async fn open(router: &Router, path: &str, cookie: &str) -> Result<usize, Fault> {
    let request = Request::get(path)
        .header("host", "localhost")
        .header("accept", "text/html")
        .header("cookie", cookie)
        .extension(Peer::of_this_machine())
        .body(Body::empty())?;
    let answer = router.clone().oneshot(request).await?;
    let status = answer.status();
    let body = to_bytes(answer.into_body(), LARGEST).await?;
    if status != StatusCode::OK {
        return Err(format!("{path} was answered {status}").into());
    }
    Ok(body.len())
}
