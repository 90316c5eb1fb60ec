//! Ctrl-C and SIGTERM: the first ends the run cleanly, the second at once.

use crate::run::{Signal, Stop};

/// Turns signals into a stop, from now on.
pub(crate) fn listen(stop: &Stop) {
    let stop = stop.clone();
    let mut signals = Signals::listen();
    tokio::spawn(async move {
        let first = signals.next().await;
        tracing::warn!("stopping; once more to stop at once");
        stop.by_signal(first);
        let second = signals.next().await;
        std::process::exit(second.exit_code().into());
    });
}

/// From now on Ctrl-C does not end the process by itself: who has changed the terminal's settings puts
/// them back first. Needs a runtime.
pub(crate) fn hold_interrupts() {
    drop(Signals::listen());
}

/// The signals that came since it was made, which must be before others can know of this process: one
/// that comes earlier ends it. A signal that cannot be listened for ends the process at once.
#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Needs a runtime.
    pub(crate) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            () = received(&mut self.interrupt) => Signal::Interrupt,
            () = received(&mut self.terminate) => Signal::Terminate,
        }
    }
}

#[cfg(unix)]
async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
    let received = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if received.is_none() {
        std::future::pending::<()>().await;
    }
}

/// Ctrl-C, where there are no signals.
#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn listen() -> Self {
        Self
    }

    pub(crate) async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
