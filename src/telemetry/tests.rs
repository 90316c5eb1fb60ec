use super::*;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is written of one event at each level, of ours and of a dependency's.
fn written(asked: Option<&str>, verbosity: Verbosity, format: LogFormat) -> String {
    let sink = Sink::default();
    let writer = sink.clone();
    let filter = filter(asked, verbosity).expect("a filter");
    let subscriber = subscriber(move || writer.clone(), filter, format, false);
    tracing::subscriber::with_default(subscriber, || {
        tracing::error!(target: "jira_feeds::run", "our error");
        tracing::warn!(target: "jira_feeds::run", "our warn");
        tracing::info!(target: "jira_feeds::run", "our info");
        tracing::debug!(target: "jira_feeds", "our debug");
        tracing::trace!(target: "jira_feeds::run", feed = "issues", "our trace");
        tracing::error!(target: "hyper", "their error");
        tracing::warn!(target: "hyper", "their warn");
        tracing::debug!(target: "hyper", "their debug");
        tracing::trace!(target: "h2::codec", "their trace");
    });
    let bytes = sink.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    String::from_utf8(bytes).expect("text")
}

fn messages(asked: Option<&str>, verbosity: Verbosity) -> Vec<String> {
    let text = written(asked, verbosity, LogFormat::Text);
    text.lines()
        .map(|line| line.split(": ").last().unwrap_or_default().replace(" feed=\"issues\"", ""))
        .collect()
}

#[test]
fn each_flag_shows_what_it_promises() {
    let ours = |levels: &[&str], theirs: &[&str]| -> Vec<String> {
        let ours = levels.iter().map(|level| format!("our {level}"));
        ours.chain(theirs.iter().map(|level| format!("their {level}"))).collect()
    };
    assert_eq!(messages(None, Verbosity::Quiet), ours(&["error"], &["error"]));
    assert_eq!(messages(None, Verbosity::Default), ours(&["error", "warn"], &["error"]));
    let info = ["error", "warn", "info"];
    assert_eq!(messages(None, Verbosity::Verbose(1)), ours(&info, &["error"]));
    let debug = ["error", "warn", "info", "debug"];
    assert_eq!(messages(None, Verbosity::Verbose(2)), ours(&debug, &["error"]));
    let all = ["error", "warn", "info", "debug", "trace"];
    assert_eq!(messages(None, Verbosity::Verbose(9)), ours(&all, &["error", "warn", "debug"]));
}

#[test]
fn the_variable_goes_before_the_flags() {
    assert_eq!(messages(Some("jira_feeds=error"), Verbosity::Verbose(3)), ["our error"]);
    assert_eq!(messages(Some(" "), Verbosity::Quiet), ["our error", "their error"]);
}

#[test]
fn nobody_can_ask_for_the_trace_of_what_goes_over_the_wire() {
    for asked in ["trace", "h2=trace", "h2::codec=trace,trace"] {
        assert!(!messages(Some(asked), Verbosity::Default).contains(&"their trace".to_owned()));
    }
}

#[test]
fn json_is_one_object_a_line() {
    let text = written(None, Verbosity::Verbose(3), LogFormat::Json);
    for line in text.lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect(line);
        assert!(object["message"].is_string() && object["level"].is_string(), "{line}");
    }
    assert!(text.contains("\"feed\":\"issues\""));
}

#[test]
fn a_wrong_filter_is_refused() {
    let error = filter(Some("jira_feeds=loud"), Verbosity::Default).expect_err("refused");
    insta::assert_snapshot!(error, @"Environment variable JIRA_FEEDS_LOG: this is not a log filter. Give levels as in `debug` or `jira_feeds=trace,hyper=info`, or unset it");
}
