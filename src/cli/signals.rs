//! Ctrl-C and SIGTERM: the first ends the run cleanly, the second at once.

use crate::run::{Signal, Stop};

/// Turns signals into a stop, from now on.
pub(crate) fn listen(stop: &Stop) {
    let stop = stop.clone();
    tokio::spawn(async move {
        let first = next_signal().await;
        tracing::warn!("stopping; once more to stop at once");
        stop.by_signal(first);
        let second = next_signal().await;
        std::process::exit(second.exit_code().into());
    });
}

/// From now on Ctrl-C does not end the process by itself: who has changed the terminal's settings puts
/// them back first. Needs a runtime.
#[cfg(unix)]
pub(crate) fn hold_interrupts() {
    use tokio::signal::unix::{SignalKind, signal};
    // Where it cannot be had, Ctrl-C ends the process at once.
    let _ = signal(SignalKind::interrupt());
}

/// Elsewhere the terminal restores itself.
#[cfg(not(unix))]
pub(crate) fn hold_interrupts() {}

#[cfg(unix)]
pub(crate) async fn next_signal() -> Signal {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return interrupt().await;
    };
    tokio::select! {
        signal = interrupt() => signal,
        _ = terminate.recv() => Signal::Terminate,
    }
}

#[cfg(not(unix))]
pub(crate) async fn next_signal() -> Signal {
    interrupt().await
}

async fn interrupt() -> Signal {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the system ends the process itself; nothing is left to wait for.
        std::future::pending::<()>().await;
    }
    Signal::Interrupt
}
