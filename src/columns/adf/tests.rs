use super::markdown;
use proptest::prelude::*;

/// The Markdown of a document with this content.
fn text(content: &str) -> String {
    markdown(&format!(r#"{{"type":"doc","version":1,"content":[{content}]}}"#)).unwrap()
}

/// A paragraph of these inline nodes.
fn paragraph(content: &str) -> String {
    text(&format!(r#"{{"type":"paragraph","content":[{content}]}}"#))
}

/// A paragraph of one text without marks.
fn plain(content: &str) -> String {
    paragraph(&format!(r#"{{"type":"text","text":{}}}"#, serde_json::to_string(content).unwrap()))
}

/// A paragraph of texts, each with its marks: strong, em, strike, code, or a link's target.
fn marked(texts: &[(&str, &[&str])]) -> String {
    let mark = |mark: &&str| match *mark {
        "strong" | "em" | "strike" | "code" | "underline" => format!(r#"{{"type":"{mark}"}}"#),
        href => format!(r#"{{"type":"link","attrs":{{"href":"{href}"}}}}"#),
    };
    let node = |(text, marks): &(&str, &[&str])| {
        let marks: Vec<_> = marks.iter().map(mark).collect();
        format!(r#"{{"type":"text","text":"{text}","marks":[{}]}}"#, marks.join(","))
    };
    paragraph(&texts.iter().map(node).collect::<Vec<_>>().join(","))
}

fn p(text: &str) -> String {
    format!(r#"{{"type":"paragraph","content":[{{"type":"text","text":"{text}"}}]}}"#)
}

fn node(kind: &str, attrs: &str, content: &[String]) -> String {
    format!(r#"{{"type":"{kind}","attrs":{{{attrs}}},"content":[{}]}}"#, content.join(","))
}

#[test]
fn paragraphs_and_headings_are_parted_by_an_empty_line() {
    let heading =
        r#"{"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"C #"}]}"#;
    let empty = r#"{"type":"paragraph","content":[]}"#;
    let content = [p("a"), heading.to_owned(), empty.to_owned(), p("b")].join(",");
    assert_eq!(text(&content), "a\n\n## C \\#\n\nb");
}

#[test]
fn marks_become_delimiters_outside_of_which_space_stands() {
    assert_eq!(marked(&[("bold ", &["strong"]), ("plain", &[])]), "**bold** plain");
    assert_eq!(marked(&[("a", &["strong"]), ("b", &["strong", "em"]), ("c", &[])]), "**a*b***c");
    assert_eq!(marked(&[("a", &["em", "strong"]), (" b", &["strike"])]), "***a*** ~~b~~");
    assert_eq!(marked(&[("a", &["underline"])]), "a");
    assert_eq!(marked(&[("  ", &["strong"]), ("a", &[])]), "a");
}

#[test]
fn code_stands_in_a_fence_longer_than_its_backticks() {
    assert_eq!(marked(&[("a*b", &["code"])]), "`a*b`");
    assert_eq!(marked(&[("a`b``", &["code", "strong"])]), "**``` a`b`` ```**");
}

#[test]
fn a_link_has_a_label_unless_that_is_its_target() {
    let target = "https://a.b/c_d(e)";
    assert_eq!(marked(&[("see [x]", &[target])]), "[see \\[x\\]](<https://a.b/c_d(e)>)");
    assert_eq!(marked(&[(target, &[target])]), "<https://a.b/c_d(e)>");
    assert_eq!(marked(&[("a!", &[]), ("b", &["https://x"])]), "a\\![b](https://x)");
    assert_eq!(marked(&[("a", &["https://x"]), ("b", &["https://x", "em"])]), "[a*b*](https://x)");
    assert_eq!(marked(&[("[a]", &[]), ("(b)", &[])]), "[a]\\(b)");
}

#[test]
fn what_would_be_markdown_is_escaped_and_nothing_else() {
    for (raw, escaped) in [
        ("snake_case and 2 * 3", "snake_case and 2 * 3"),
        ("*a* _b_ `c`", "\\*a\\* \\_b\\_ \\`c\\`"),
        ("# no heading", "\\# no heading"),
        ("#1 is fine", "#1 is fine"),
        ("1. no list", "1\\. no list"),
        ("1.5 is fine", "1.5 is fine"),
        ("- no list", "\\- no list"),
        ("-5 is fine", "-5 is fine"),
        ("> no quote", "\\> no quote"),
        ("a < b, <b>", "a < b, \\<b>"),
        ("&amp; R&D", "\\&amp; R&D"),
        ("[a](b) [c]", "[a\\](b) [c]"),
        ("![a]", "\\![a]"),
        ("C:\\Users \\*", "C:\\Users \\\\\\*"),
        ("~~a~~ ", "\\~\\~a\\~\\~"),
        ("~5 min", "~5 min"),
        ("[ABC] title", "[ABC] title"),
        ("[x] done", "\\[x] done"),
        ("a\n- b\n\n1) c", "a\\\n\\- b\\\n\\\n1\\) c"),
        ("a\r\nb\n", "a\\\nb"),
        ("   a   b ", "a   b"),
    ] {
        assert_eq!(plain(raw), escaped, "{raw}");
    }
}

#[test]
fn text_is_escaped_by_what_stands_before_it() {
    assert_eq!(marked(&[("a\\n* b", &[])]), "a\\\n\\* b");
    assert_eq!(marked(&[("a", &["strike"]), ("~b", &[])]), "~~a~~\\~b");
    assert_eq!(marked(&[("~", &["strike"])]), "~~\\~~~");
    assert_eq!(marked(&[("a\\n[b]", &["https://x"])]), "[a\\\n\\[b\\]](https://x)");
    assert_eq!(marked(&[("a", &[]), ("_b", &[]), ("_c", &["em"])]), "a_b*\\_c*");
    assert_eq!(marked(&[("<", &[]), ("!b", &[])]), "\\<!b");
}

#[test]
fn lists_nest_by_the_width_of_their_markers() {
    let inner = node("orderedList", "", &[node("listItem", "", &[p("b")])]);
    let late = node(
        "orderedList",
        r#""order":9"#,
        &[
            node("listItem", "", &[p("c"), p("d")]),
            node(
                "listItem",
                "",
                &[p("e"), node("bulletList", "", &[node("listItem", "", &[p("f")])])],
            ),
            node("listItem", "", &[]),
        ],
    );
    let outer = node(
        "bulletList",
        "",
        &[node("listItem", "", &[p("a"), inner]), node("listItem", "", &[late])],
    );
    assert_eq!(text(&outer), "- a\n  1. b\n- 9. c\n\n     d\n  10. e\n      - f\n  11.");
}

#[test]
fn tasks_and_decisions_are_lists() {
    let item = |kind: &str, state: &str, text: &str| {
        format!(
            r#"{{"type":"{kind}","attrs":{{"state":"{state}"}},"content":[{{"type":"text","text":"{text}"}}]}}"#
        )
    };
    let inner = node("taskList", "", &[item("taskItem", "DONE", "b")]);
    let tasks = node(
        "taskList",
        "",
        &[item("taskItem", "TODO", "a"), inner, item("taskItem", "TODO", "c")],
    );
    let decisions = node("decisionList", "", &[item("decisionItem", "DECIDED", "d")]);
    assert_eq!(text(&[tasks, decisions].join(",")), "- [ ] a\n  - [x] b\n- [ ] c\n\n- d");
}

#[test]
fn a_table_has_one_line_for_each_row() {
    let cell = |kind: &str, content: &[String]| node(kind, "", content);
    let list = node(
        "bulletList",
        "",
        &[node("listItem", "", &[p("x|y")]), node("listItem", "", &[p("z")])],
    );
    let rows = [
        node("tableRow", "", &[cell("tableHeader", &[p("A")]), cell("tableHeader", &[p("B")])]),
        node(
            "tableRow",
            "",
            &[cell("tableCell", &[p("1\\n2"), p("3")]), cell("tableCell", &[list])],
        ),
        node("tableRow", "", &[cell("tableCell", &[])]),
    ];
    assert_eq!(
        text(&node("table", "", &rows)),
        "| A | B |\n| --- | --- |\n| 1<br>2<br>3 | - x\\|y<br>- z |\n|  |  |"
    );
    assert_eq!(text(&node("table", "", &rows[2..])), "|  |\n| --- |\n|  |");
    assert_eq!(text(&node("table", "", &[])), "");
}

#[test]
fn code_blocks_quotes_panels_and_rules_keep_their_lines() {
    let code = r#"{"type":"codeBlock","attrs":{"language":"rust"},"content":[{"type":"text","text":"a  \n\n```"}]}"#;
    let rule = r#"{"type":"rule"}"#.to_owned();
    let content =
        [node("blockquote", "", &[p("q"), code.to_owned()]), rule, node("panel", "", &[p("i")])];
    assert_eq!(
        text(&content.join(",")),
        "> q\n>\n> ````rust\n> a  \n>\n> ```\n> ````\n\n---\n\n> i"
    );
}

#[test]
fn inline_nodes_become_the_text_that_people_see() {
    for (node, expected) in [
        (r#"{"type":"mention","attrs":{"id":"5b10","text":"@Ann_"}}"#, "@Ann\\_"),
        (r#"{"type":"mention","attrs":{"id":"5b10"}}"#, "@5b10"),
        (r#"{"type":"emoji","attrs":{"shortName":":smile:","text":"😄"}}"#, "😄"),
        (r#"{"type":"emoji","attrs":{"shortName":":my_emoji:"}}"#, ":my_emoji:"),
        (r#"{"type":"inlineCard","attrs":{"url":"https://x/y_z"}}"#, "<https://x/y_z>"),
        (r#"{"type":"inlineCard","attrs":{"data":{"url":"https://x"}}}"#, "<https://x>"),
        (r#"{"type":"date","attrs":{"timestamp":"1704164645678"}}"#, "2024-01-02"),
        (r#"{"type":"date","attrs":{"timestamp":"1e99"}}"#, "1e99"),
        (r#"{"type":"status","attrs":{"text":"In Progress","color":"blue"}}"#, "In Progress"),
        (r#"{"type":"text","text":"a"},{"type":"hardBreak"},{"type":"hardBreak"}"#, "a"),
        (r#"{"type":"unheardOf","attrs":{"text":"words"}}"#, "words"),
        (r#"{"type":"text","text":"\ud83d cut"}"#, "\u{fffd}\u{fffd}\u{fffd} cut"),
    ] {
        assert_eq!(paragraph(node), expected, "{node}");
    }
}

#[test]
fn media_cards_expands_layouts_and_unknown_nodes_keep_their_text() {
    let content = [
        node(
            "mediaSingle",
            "",
            &[r#"{"type":"media","attrs":{"id":"f-1","alt":"a plan"}}"#.to_owned()],
        ),
        node(
            "mediaSingle",
            "",
            &[r#"{"type":"media","attrs":{"type":"external","url":"https://i"}}"#.to_owned()],
        ),
        r#"{"type":"blockCard","attrs":{"url":"https://card"}}"#.to_owned(),
        node("expand", r#""title":"More""#, &[p("inside")]),
        node(
            "layoutSection",
            "",
            &[node("layoutColumn", "", &[p("left")]), node("layoutColumn", "", &[p("right")])],
        ),
        node("unheardOf", "", &[p("kept"), node("within", "", &[])]),
        r#"{"type":"text","text":"stray"}"#.to_owned(),
    ];
    assert_eq!(
        text(&content.join(",")),
        "a plan\n\n![https://i](https://i)\n\n<https://card>\n\n**More**\n\ninside\n\nleft\n\nright\n\nkept\n\nstray"
    );
}

#[test]
fn a_plain_string_is_its_own_text_and_another_value_has_none() {
    assert_eq!(markdown(r#""wiki *text*\n""#).as_deref(), Some("wiki *text*\n"));
    for value in ["1", "[]", "{}", r#"{"type":"paragraph"}"#, r#"{"type":"doc","content":1}"#] {
        assert_eq!(markdown(value), None, "{value}");
    }
    assert_eq!(markdown(r#"{"type":"doc"}"#).as_deref(), Some(""));
}

#[test]
fn what_lies_too_deep_is_left_out() {
    for depth in [57, 58, 500, 20_000] {
        let open = r#"{"type":"blockquote","content":["#.repeat(depth);
        let nested = text(&format!("{open}{}{}", p("deep"), "]}".repeat(depth)));
        assert_eq!(nested.ends_with("> deep"), depth == 57, "{depth}");
        assert_eq!(nested.ends_with("> …"), depth > 57, "{depth}");
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let kind = prop::sample::select(vec![
        "doc",
        "paragraph",
        "text",
        "bulletList",
        "orderedList",
        "listItem",
        "table",
        "tableRow",
        "tableCell",
        "codeBlock",
        "heading",
        "hardBreak",
        "mention",
        "taskList",
        "expand",
        "media",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".*".prop_map(serde_json::Value::from),
        "[-*_#>|`~\\[\\]()!<&; 1.a\n\\\\]{0,12}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(8, 64, 6, move |inner| {
        let content = prop::collection::vec(inner.clone(), 0..6);
        prop_oneof![
            content.clone().prop_map(Into::into),
            (kind.clone(), ".*", content).prop_map(|(kind, text, content)| {
                serde_json::json!({ "type": kind, "text": text, "attrs": { "order": text },
                    "content": content.into_iter().filter(serde_json::Value::is_object).collect::<Vec<_>>() })
            }),
            prop::collection::hash_map(prop::sample::select(vec!["type", "text", "attrs", "marks", "content"]), inner, 0..5)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_converted_or_refused(value in any_json()) {
        let document = serde_json::json!({ "type": "doc", "content": [value] });
        let _ = (markdown(&value.to_string()), markdown(&document.to_string()));
    }

    #[test]
    fn words_stay_in_order(words in prop::collection::vec("[a-z]{1,8}", 1..20)) {
        prop_assert_eq!(plain(&words.join(" ")), words.join(" "));
    }
}
