//! Checks of passwords, beside bcrypt alone on the cores that it is given; and what verdicts take meanwhile.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use bailiwick::{
    signin::password,
    tokens::{self, Code},
    web::Stop,
};
use passwords::{Backroom, Password, Scheme, Stored, check, hash};
use time_and_chance::OsChance;

use crate::{
    Fault,
    figure::Figure,
    leaked::plant,
    samples::{Samples, short},
    stage::Stage,
};

const LASTS: Duration = Duration::from_secs(20);
const LEAST_OF_BARE: f64 = 0.9;
const MOST_TIMES: f64 = 2.0;
/// A gateway that asks steadily, and leaves the machine room.
const PAUSE: Duration = Duration::from_millis(2);

/// Bcrypt alone, verdicts alone, then both through the server's own desk.
pub async fn passwords(stage: &Stage) -> Result<Vec<Figure>, Fault> {
    let cores = Backroom::half_of_the_cores();
    let stored = hash(Scheme::BCRYPT, &Password::new("wrong")?, &OsChance)?;
    let bare = bare(cores, &stored)?;
    let secrets = plant(stage, 200).await?;
    let alone = verdicts(stage, &secrets, LASTS).await?;
    let done = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..cores.get() * 4)
        .map(|_| tokio::spawn(keep_checking(stage.app.clone(), Arc::clone(&done), Arc::clone(&stop))))
        .collect();
    let (begun, before) = (Instant::now(), done.load(Ordering::Relaxed));
    let meanwhile = verdicts(stage, &secrets, LASTS).await?;
    let checked = done.load(Ordering::Relaxed) - before;
    let rate = per_second(checked, begun.elapsed());
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await??;
    }
    let times = meanwhile.p99().as_secs_f64() / alone.p99().as_secs_f64();
    Ok(vec![
        Figure {
            what: format!("password checks on {cores} core, with verdicts beside them"),
            engine: stage.engine(),
            measured: format!("{rate:.2}/s"),
            baseline: format!("bcrypt of cost 12 alone: {bare:.2}/s"),
            ratio: rate / bare,
            target: format!("at least {LEAST_OF_BARE} of it"),
            holds: Some(rate / bare >= LEAST_OF_BARE),
        },
        Figure {
            what: "verify while passwords are checked, p99".to_owned(),
            engine: stage.engine(),
            measured: short(meanwhile.p99()),
            baseline: format!("without: {}", short(alone.p99())),
            ratio: times,
            target: format!("at most {MOST_TIMES} times as long"),
            holds: Some(times <= MOST_TIMES),
        },
    ])
}

/// Bcrypt on threads of its own, and nothing else.
fn bare(cores: NonZeroUsize, stored: &Stored) -> Result<f64, Fault> {
    let begun = Instant::now();
    let threads: Vec<_> = (0..cores.get())
        .map(|_| {
            let stored = stored.clone();
            thread::spawn(move || -> Result<u64, passwords::TooLong> {
                let password = Password::new("a guess")?;
                let mut checks = 0;
                while begun.elapsed() < LASTS {
                    check(&stored, &password);
                    checks += 1;
                }
                Ok(checks)
            })
        })
        .collect();
    let mut checks = 0;
    for thread in threads {
        checks += thread.join().map_err(|_| "a thread of bcrypt's panicked")??;
    }
    Ok(per_second(checks, begun.elapsed()))
}

/// What whoever guesses makes the server do: an address that nobody has costs as much as one that somebody has.
async fn keep_checking(
    app: bailiwick::app::App,
    done: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> Result<(), Fault> {
    let address = bailiwick::mail::address("nobody@example.com")?;
    while !stop.load(Ordering::Relaxed) {
        match password::check(&app, &address, Password::new("a guess")?).await {
            Ok(checked) if checked.is_right => return Err("a guess was right".into()),
            Ok(_) => done.fetch_add(1, Ordering::Relaxed),
            Err(Stop::Fault(fault)) => return Err(fault.into()),
            // Nothing was checked: the others are before it.
            Err(Stop::Refused(password::Busy)) => {
                tokio::task::yield_now().await;
                continue;
            }
        };
    }
    Ok(())
}

async fn verdicts(stage: &Stage, secrets: &[String], lasts: Duration) -> Result<Samples, Fault> {
    let (mut samples, begun) = (Samples::default(), Instant::now());
    let mut steadily = tokio::time::interval(PAUSE);
    for secret in secrets.iter().cycle() {
        steadily.tick().await;
        if begun.elapsed() >= lasts {
            break;
        }
        let asked = Instant::now();
        if tokens::verify(&stage.app, secret).await?.code != Code::Valid {
            return Err("a live token is not valid".into());
        }
        samples.add(asked.elapsed());
    }
    Ok(samples)
}

fn per_second(many: u64, took: Duration) -> f64 {
    let many = u32::try_from(many).unwrap_or(u32::MAX);
    f64::from(many) / took.as_secs_f64()
}
