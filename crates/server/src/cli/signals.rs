use std::io;

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use super::{ended::Ended, print};

/// Every SIGHUP from now on. Before, one would end the process.
pub fn hang_ups() -> Result<Signal, Ended> {
    signal(SignalKind::hangup()).map_err(cannot)
}

/// Says `true` at the first SIGINT or SIGTERM. A second one ends the process at once: whoever sends it will not wait.
pub fn first() -> Result<watch::Receiver<bool>, Ended> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        next(&mut interrupt, &mut terminate).await;
        tracing::info!("stopping: what was begun is finished first");
        let _ = stop.send(true);
        next(&mut interrupt, &mut terminate).await;
        print::complaint("Stopped at once, at the second signal.");
        std::process::exit(1);
    });
    Ok(stopped)
}

#[expect(clippy::needless_pass_by_value, reason = "stands in `map_err`")]
fn cannot(error: io::Error) -> Ended {
    Ended::refused(format!("signals cannot be listened for: {error}"))
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
