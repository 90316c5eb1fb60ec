//! Panics: told as what they are, defects of this program, in the form of all log lines.
//!
//! Nothing is shown but the place in the source and the message of the panic, on one line and cut.

use super::LogFormat;
use std::cell::RefCell;
use std::io::Write as _;

/// The most characters of a panic's message that are shown.
const LONGEST: usize = 300;

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Tells every panic from now on by one line on stderr, whatever the level of the logs.
pub fn tell_defects(format: LogFormat) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line()));
        let told = told(place.as_deref(), panic.payload_as_str());
        // Where stderr has gone, there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "{}", line(format, &told));
        LAST.set(Some(told));
    }));
}

/// What was told of this thread's last panic; once.
#[must_use]
pub fn take_defect() -> Option<String> {
    LAST.take()
}

fn told(place: Option<&str>, message: Option<&str>) -> String {
    let place = place.unwrap_or("an unknown place");
    let words: Vec<_> = message.unwrap_or("no message").split_whitespace().collect();
    let message: String =
        words.join(" ").chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    format!(
        "A part of the program failed unexpectedly at {place}: {message}. This is a defect of jira-feeds {}, \
         not of your config or site; please report it with this line and the log (-vv)",
        env!("CARGO_PKG_VERSION")
    )
}

fn line(format: LogFormat, told: &str) -> String {
    match format {
        LogFormat::Text => format!("error: {told}"),
        LogFormat::Json => {
            let timestamp = jiff::Timestamp::now().to_string();
            let target = module_path!();
            serde_json::json!({ "timestamp": timestamp, "level": "ERROR", "message": told, "target": target })
                .to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_is_told_on_one_line_of_bounded_length() {
        let long = format!("first\nsecond\t\u{1b}[31m{}", "x".repeat(100_000));
        let told = told(Some("src/a.rs:7"), Some(&long));
        assert!(told.contains("at src/a.rs:7: first second [31mxxx"), "{told}");
        assert!(!told.contains(char::is_control) && told.chars().count() < LONGEST + 250);
    }

    #[test]
    fn a_panic_without_place_or_text_is_told_too() {
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "A part of the program failed unexpectedly at an unknown place: no message. This is a defect of jira-feeds {version}, not of your config or site; please report it with this line and the log (-vv)"
        );
        assert_eq!(told(None, None), expected);
        assert_eq!(line(LogFormat::Text, &expected), format!("error: {expected}"));
        let object: serde_json::Value =
            serde_json::from_str(&line(LogFormat::Json, &expected)).expect("an object");
        assert_eq!((&object["level"], &object["message"]), (&"ERROR".into(), &expected.into()));
    }
}
