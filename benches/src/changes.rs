//! Audited changes in 64 workspaces at once, beside as many tasks that commit one row each; and the same in one workspace.

use std::time::{Duration, Instant};

use bailiwick::{
    app::App,
    ids::WorkspaceId,
    permissions::Authority,
    tokens::{self, Created as Made, NewToken, Role},
    workspaces::{self, Created, MemberRole, NewMember, NewWorkspace},
};
use tokio::task::JoinSet;

use crate::{
    Fault,
    bare::Bare,
    figure::Figure,
    samples::median,
    singles::{AT_ONCE, autocommits, connections},
    stage::Stage,
};

const AN_HOUR_OLD: &str = "UPDATE data_keys SET created_at = created_at - 3600000000";
const LEAST: f64 = 0.25;
const ROUNDS: usize = 5;
const CHANGES_FOR: Duration = Duration::from_secs(2);

/// How many tokens are made a second: each a row, its entry in the workspace's chain, and the entry's sealed details.
pub async fn changes(stage: &Stage) -> Result<Vec<Figure>, Fault> {
    let mut workspaces = Vec::new();
    for number in 0..AT_ONCE {
        workspaces.push(workspace(&stage.app, number).await?);
    }
    // A key that was just made is not kept in memory yet, as its transaction may come to nothing. Theirs are an hour old.
    stage.database.tell(AN_HOUR_OLD).await?;
    let one = vec![workspaces[0].clone(); AT_ONCE];
    let bare = Bare::open(&stage.bare_url("rows.db"), connections(stage.engine())).await?;
    bare.make_table().await?;
    let (mut apart, mut together, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let row = autocommits(&bare).await?;
        let (in_all, in_one) =
            (changes_a_second(&stage.app, &workspaces).await?, changes_a_second(&stage.app, &one).await?);
        // The first fills caches.
        if round > 0 {
            rows.push(row);
            apart.push(in_all);
            together.push(in_one);
        }
    }
    bare.close().await;
    let row = median(rows);
    let figure = |what: &str, rate: f64, least: Option<f64>| Figure {
        what: format!("tokens made, each on record: {what}"),
        engine: stage.engine(),
        measured: format!("{rate:.0} a second"),
        baseline: format!("one row inserted and committed, {AT_ONCE} tasks: {row:.0} a second"),
        ratio: rate / row,
        target: least.map_or_else(|| "none".to_owned(), |least| format!("at least {least}")),
        holds: least.map(|least| rate / row >= least),
    };
    Ok(vec![
        figure(&format!("{AT_ONCE} workspaces at once"), median(apart), Some(LEAST)),
        figure(&format!("{AT_ONCE} at once in one workspace"), median(together), None),
    ])
}

/// A workspace with one owner.
pub async fn workspace(app: &App, number: usize) -> Result<WorkspaceId, Fault> {
    let mail = format!("ana@changes-{number}.example");
    let owner = NewMember { mail: mail.into(), name: None, external_id: None, role: Some(MemberRole::Owner) };
    let wanted = NewWorkspace { name: "changes".into(), external_id: None, exposure_policy: None, owner };
    match workspaces::create(app, &Authority::on_this_machine(), wanted, None).await {
        Ok(Created::New(workspace)) => Ok(workspace.id),
        _ => Err("no workspace was made".into()),
    }
}

/// A task for each of these workspaces, one of which may be there many times.
async fn changes_a_second(app: &App, workspaces: &[WorkspaceId]) -> Result<f64, Fault> {
    let (mut tasks, begun) = (JoinSet::new(), Instant::now());
    for workspace in workspaces {
        let (app, workspace) = (app.clone(), workspace.clone());
        tasks.spawn(async move {
            let mut made = 0_u32;
            while begun.elapsed() < CHANGES_FOR {
                make(&app, &workspace).await?;
                made += 1;
            }
            Ok::<_, Fault>(made)
        });
    }
    let mut made = 0;
    while let Some(done) = tasks.join_next().await {
        made += done??;
    }
    Ok(f64::from(made) / begun.elapsed().as_secs_f64())
}

/// Makes a token in it.
pub async fn make(app: &App, workspace: &WorkspaceId) -> Result<(), Fault> {
    let wanted = NewToken {
        description: "deploy-bot".into(),
        role: Role::Member,
        creator: None,
        expires_at: None,
        external_id: None,
    };
    match tokens::create(app, &Authority::on_this_machine(), workspace, wanted, None).await {
        Ok(Made::New(..)) => Ok(()),
        _ => Err("no token was made".into()),
    }
}
