//! Bars on a terminal: one line a feed that is being read, one for the whole.

use super::table::grouped;
use crate::run::{Progress, WindowProgress};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Bars that follow a run until they are dropped.
pub(crate) struct Bars(Option<(MultiProgress, JoinHandle<()>)>);

impl Bars {
    /// Shows bars if `shown`.
    pub(crate) fn follow(progress: &Arc<Progress>, shown: bool) -> Self {
        Self(shown.then(|| {
            let bars = MultiProgress::new();
            let drawing = tokio::spawn(draw(bars.clone(), Arc::clone(progress)));
            (bars, drawing)
        }))
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        if let Some((bars, drawing)) = self.0.take() {
            drawing.abort();
            let _ = bars.clear();
        }
    }
}

async fn draw(bars: MultiProgress, progress: Arc<Progress>) {
    let mut shown: BTreeMap<String, ProgressBar> = BTreeMap::new();
    let mut window = None;
    let mut heading: Option<ProgressBar> = None;
    loop {
        let now = progress.window();
        if let Some(begun) = now.as_ref().filter(|_| now != window) {
            shown.values().for_each(ProgressBar::finish_and_clear);
            shown.clear();
            let heading = heading.get_or_insert_with(|| bars.insert(0, line()));
            let WindowProgress { number, count, name } = begun;
            heading.set_message(format!("window {number} of {count}: {name}"));
            heading.tick();
            window = now;
        }
        for (feed, state) in progress.feeds() {
            if state.is_done {
                if let Some(bar) = shown.get(&feed) {
                    bar.finish_and_clear();
                }
                continue;
            }
            let bar = shown.entry(feed.clone()).or_insert_with(|| bars.add(spinner(&feed)));
            bar.set_message(format!("{} records", grouped(state.records)));
            bar.tick();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn line() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    match ProgressStyle::with_template("{msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn spinner(feed: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {prefix:24} {msg}");
    let bar = ProgressBar::new_spinner().with_prefix(feed.to_owned());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
