use super::*;
use proptest::prelude::*;
use serde_json::json;

fn message(body: &[u8]) -> String {
    super::message(body, &Scrub::nothing())
}

fn said(body: &Value) -> String {
    message(body.to_string().as_bytes())
}

#[test]
fn each_shape_of_error_body_is_read() {
    let cases: [(&[u8], &str); 9] = [
        (br#"{"errorMessages":["No board"],"errors":{"id":"bad"}}"#, "No board; id: bad"),
        (
            br#"{"code":401,"message":"Unauthorized; scope does not match"}"#,
            "Unauthorized; scope does not match",
        ),
        (br#"{"errorMessage":"gone"}"#, "gone"),
        (b"\xef\xbb\xbf{\"errorMessage\":\"gone\"}", "gone"),
        (b"<html><title>Dead link</title>", "HTML page \u{201c}Dead link\u{201d}"),
        (b" <HTML><TITLE lang=en> Dead\nlink </TITLE>", "HTML page \u{201c}Dead link\u{201d}"),
        (b"<html><title></title><title>", "an HTML page"),
        (b"plain\ntext", "plain text"),
        (b"", ""),
    ];
    for (body, expected) in cases {
        assert_eq!(message(body), expected);
    }
}

#[test]
fn one_wrong_member_hides_none_of_the_others() {
    let cases = [
        (json!({"errorMessages": "one text", "errors": {"id": "bad"}}), "one text; id: bad"),
        (json!({"errorMessages": ["a", 7, null, {"message": "b"}, ["c"]]}), "a; 7; b; c"),
        (json!({"errorMessages": {"x": "a"}, "message": "b"}), "x: a; b"),
        (json!({"errorMessages": ["a"], "errors": ["b", "c"]}), "a; b; c"),
        (json!({"errorMessages": ["a"], "errors": "b"}), "a; b"),
        (json!({"errorMessages": ["a"], "errors": null, "message": null}), "a"),
        (json!({"errorMessages": null, "message": {"errorMessage": "a"}}), "a"),
        (json!({"errorMessages": [], "errors": {"a": {"b": ["c", 1]}}}), "a.b: c; a.b: 1"),
        (json!({"message": 7, "errorMessage": "a"}), "7; a"),
        (json!({"errors": [{"message": "a", "code": 1}]}), "a; code: 1"),
    ];
    for (body, expected) in cases {
        assert_eq!(said(&body), expected, "{body}");
    }
}

#[test]
fn a_body_that_says_nothing_is_shown_as_it_is() {
    for body in ["{}", r#"{"errorMessages":[]}"#, r#"{"status":404}"#, "[]", "null"] {
        assert_eq!(message(body.as_bytes()), body);
    }
}

#[test]
fn a_member_that_comes_twice_or_a_body_that_breaks_off_still_speaks() {
    assert_eq!(message(br#"{"message":"a","message":"b"}"#), "b");
    assert_eq!(message(br#"{"errorMessages":["a"],"errors":{"id":"#), "a");
    assert_eq!(message(br#"{"errorMessages":["a"]} and more"#), "a");
    assert_eq!(
        message(b"{\"x\":\"\xff\",\"errorMessages\":[\"a\\ud800\",\"b\"],\"message\":\"c\"}"),
        "[\"a\\ud800\",\"b\"]; c"
    );
}

#[test]
fn deep_nesting_neither_overflows_nor_hides_words() {
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(message(format!(r#"{{"x":{deep},"message":"a"}}"#).as_bytes()), "a");
    let inside = message(format!(r#"{{"errors":{deep},"message":"a"}}"#).as_bytes());
    assert!(inside.starts_with("a; [[["), "{inside}");
    assert_eq!(message(deep.as_bytes()).chars().count(), LONGEST + 1);
}

/// Each is 10 MB: what is said is found before or behind the bulk, in time that does not grow beyond
/// reading once.
#[test]
fn ten_megabytes_are_one_short_line() {
    let bulk = "x ".repeat(5 * 1024 * 1024);
    assert_eq!(said(&json!({"aaa": bulk, "message": "a"})), "a");
    assert_eq!(said(&json!({"errorMessages": ["a"], "zzz": bulk})), "a");
    for body in [
        json!({"errorMessages": [bulk]}).to_string(),
        json!({"errors": vec!["x"; 100_000]}).to_string(),
        format!("<html>{bulk}<title>a</title>"),
        bulk.clone(),
        " ".repeat(bulk.len()),
        "<".repeat(bulk.len()),
        "{".repeat(bulk.len()),
    ] {
        assert!(message(body.as_bytes()).chars().count() <= LONGEST + 1);
    }
}

/// Any JSON, a few levels deep, with the envelope's own keys among its keys.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![".{0,6}", prop::sample::select(&MEMBERS[..]).prop_map(str::to_owned)];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_body_gives_one_short_line(body: Vec<u8>) {
        let said = message(&body);
        prop_assert!(said.chars().count() <= LONGEST + 1 && !said.contains('\n'));
    }

    #[test]
    fn any_json_gives_one_short_line(body in json(), cut in any::<prop::sample::Index>()) {
        let text = body.to_string();
        for body in [text.as_bytes(), &text.as_bytes()[..cut.index(text.len() + 1)]] {
            let said = message(body);
            prop_assert!(said.chars().count() <= LONGEST + 1 && !said.contains(char::is_control));
        }
    }

    #[test]
    fn jira_s_own_words_are_found_whatever_stands_beside_them(
        which in 0..MEMBERS.len(), other in 0..MEMBERS.len(), wrong in json(),
    ) {
        prop_assume!(which != other);
        let body = json!({ MEMBERS[which]: "Jira's own words", MEMBERS[other]: wrong });
        let all = from_envelope(body.to_string().as_bytes());
        prop_assert!(all.iter().any(|text| text == "Jira's own words"), "{body}");
    }
}
