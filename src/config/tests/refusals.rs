//! Each thing that is refused before the first request, with its whole text.

use super::*;

#[test]
fn files_that_cannot_be_read() {
    let mut scene = Scene::toml("");
    insta::assert_snapshot!(scene.refusal(), @"Config file jira-feeds.toml is empty. `jira-feeds config init` writes one to start from");
    scene.file = "none.toml".into();
    insta::assert_snapshot!(scene.refusal(), @"Config file none.toml does not exist. Check the path, or write a first one with `jira-feeds config init`");
    scene.file = ".".into();
    insta::assert_snapshot!(scene.refusal().replace(&scene.folder.path().display().to_string(), "DIR"), @"Config file . is a folder. Name the file in it");
    insta::assert_snapshot!(Scene::named("a.ini", "x").refusal(), @"Config file a.ini has none of the extensions .toml, .yaml, .yml and .json. Name it after the format that it is in");
    insta::assert_snapshot!(Scene::named("config", "x").refusal(), @"Config file config has none of the extensions .toml, .yaml, .yml and .json. Name it after the format that it is in");
    insta::assert_snapshot!(Scene::named("a.toml", b"feeds = []\nx = \"\xff\"").refusal(), @"Config file a.toml is not UTF-8 text (line 2). Save it as UTF-8");
    insta::assert_snapshot!(Scene::named("a.toml", vec![b'#'; 5_000_000]).refusal(), @"Config file a.toml is larger than 4194304 bytes. Check the path");
    insta::assert_snapshot!(Scene::named("a.yaml", " \n\t\n").refusal(), @"Config file a.yaml is empty. `jira-feeds config init` writes one to start from");
    // Mode 000 does not stop root, who runs tests in containers; the system's answer is given instead.
    let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    insta::assert_snapshot!(file::unreadable("a.toml".as_ref(), denied), @"Config file a.toml may not be read by this account. Check its owner and mode");
    let broken = std::io::Error::other("input/output error");
    insta::assert_snapshot!(file::unreadable("a.toml".as_ref(), broken), @"Config file a.toml cannot be read: input/output error. Check the path");
}

#[test]
fn syntax_errors_say_the_line_and_show_nothing_of_it() {
    insta::assert_snapshot!(Scene::toml("raw = true\ntoken = s3cret\n").refusal(), @"Config file jira-feeds.toml, line 2, column 9: string values must be quoted, expected literal string. Correct the syntax there");
    insta::assert_snapshot!(Scene::toml("raw = true\nraw = false\n").refusal(), @"Config file jira-feeds.toml, line 2, column 1: duplicate key. Correct the syntax there");
    insta::assert_snapshot!(Scene::toml("token = \"s3cret\nraw = true").refusal(), @r#"Config file jira-feeds.toml, line 1, column 16: invalid basic string, expected `"`. Correct the syntax there"#);
    insta::assert_snapshot!(Scene::named("a.json", "{\n  \"token\": \"s3cret\",\n}").refusal(), @"Config file a.json, line 3, column 1: trailing comma. Correct the syntax there");
    insta::assert_snapshot!(Scene::named("a.json", "\"s3cret\"").refusal(), @"Config file a.json: the whole file must be one table of keys and values. Correct the syntax there");
    insta::assert_snapshot!(Scene::named("a.yaml", "raw: true\ntoken: s3cret: x\n").refusal(), @"Config file a.yaml, line 2, column 14: mapping values are not allowed in this context. Correct the syntax there");
    insta::assert_snapshot!(Scene::named("a.yaml", "raw: true\nraw: s3cret\n").refusal(), @"Config file a.yaml, line 2, column 6: a key is given twice in the same table. Correct the syntax there");
    insta::assert_snapshot!(Scene::named("a.yaml", "s3cret").refusal(), @"Config file a.yaml: the whole file must be one table of keys and values. Correct the syntax there");
    insta::assert_snapshot!(Scene::named("a.yaml", "{a: s3cret}: x").refusal(), @"Config file a.yaml: it is not one YAML document with plain keys. Correct the syntax there");
    insta::assert_snapshot!(Scene::named("a.yaml", "raw: true\n---\nraw: true").refusal(), @"Config file a.yaml: it is not one YAML document with plain keys. Correct the syntax there");
}

#[test]
fn unknown_keys() {
    insta::assert_snapshot!(Scene::with_acme("fieds = [\"issues\"]").refusal(), @"Key `fieds` in jira-feeds.toml: there is no such key; did you mean `feeds`?");
    insta::assert_snapshot!(Scene::with_acme("zzz = 1").refusal(), @"Key `zzz` in jira-feeds.toml: there is no such key. The keys there are credential, feeds, raw, mode, lookback, credentials, destination, limits, http, feed, custom, custom_dir");
    insta::assert_snapshot!(Scene::with_acme("[limits]\nmax_inflight = 4").refusal(), @"Key `limits.max_inflight` in jira-feeds.toml: there is no such key; did you mean `max_in_flight`?");
    insta::assert_snapshot!(Scene::with_acme("[feed.issues]\nJQL = \"x\"").refusal(), @"Key `feed.issues.JQL` in jira-feeds.toml: there is no such key; did you mean `jql`?");
    insta::assert_snapshot!(Scene::toml(&ACME.replace("url", "uri")).refusal(), @"Key `credentials.acme.uri` in jira-feeds.toml: there is no such key; did you mean `url`?");
    insta::assert_snapshot!(Scene::toml(&ACME.replace("env =", "evn =")).refusal(), @"Key `credentials.acme.api_token.evn` in jira-feeds.toml: there is no such key; did you mean `env`?");
    insta::assert_snapshot!(Scene::with_acme("[custom.mine]\ngett = \"/x\"").refusal(), @"Key `custom.mine.gett` in jira-feeds.toml: there is no such key; did you mean `get`?");
    insta::assert_snapshot!(Scene::with_acme("\"feeds[9999999999]\" = 1").refusal(), @"Key `feeds[9999999999]` in jira-feeds.toml: there is no such key; did you mean `feeds`?");
    let scene = Scene::with_acme("").variable("JIRA_FEEDS__FEEDS[9999999999]", "1");
    insta::assert_snapshot!(scene.refusal(), @"Environment variable JIRA_FEEDS__FEEDS[9999999999]: there is no such key. Remove it");
    let scene = Scene::with_acme("").variable("JIRA_FEEDS__LIMITS__MAX_INFLIGHT", "4");
    insta::assert_snapshot!(scene.refusal(), @"Environment variable JIRA_FEEDS__LIMITS__MAX_INFLIGHT: there is no such key; did you mean `max_in_flight`?");
}

#[test]
fn wrong_types() {
    insta::assert_snapshot!(Scene::with_acme("[feeds.issues]\njql = \"x = 1\"").refusal(), @"Key `feeds` in jira-feeds.toml: this is a table. Give a list of names; what is set for one feed stands in `[feed.NAME]`");
    insta::assert_snapshot!(Scene::with_acme("feeds = 5").refusal(), @"Key `feeds` in jira-feeds.toml: this is the number 5. Give a list of names");
    insta::assert_snapshot!(Scene::with_acme("feeds = [[\"issues\"]]").refusal(), @"Key `feeds[0]` in jira-feeds.toml: this is a list. Give a text in quotes");
    insta::assert_snapshot!(Scene::with_acme("raw = \"maybe\"").refusal(), @"Key `raw` in jira-feeds.toml: this is a text. Give true or false");
    insta::assert_snapshot!(Scene::with_acme("limits = 5").refusal(), @"Key `limits` in jira-feeds.toml: this is the number 5. Give a table of keys");
    insta::assert_snapshot!(Scene::with_acme("[limits]\nmax_in_flight = true").refusal(), @"Key `limits.max_in_flight` in jira-feeds.toml: this is true. Give a whole number from 1 to 4294967295");
    insta::assert_snapshot!(Scene::with_acme("[limits]\nmax_in_flight = 2.5").refusal(), @"Key `limits.max_in_flight` in jira-feeds.toml: this is the number 2.5. Give a whole number from 1 to 4294967295");
    insta::assert_snapshot!(Scene::with_acme("[limits]\nmax_in_flight = \"lots\"").refusal(), @"Key `limits.max_in_flight` in jira-feeds.toml: this is a text. Give a whole number from 1 to 4294967295");
    insta::assert_snapshot!(Scene::with_acme("[limits]\nretry_for = 30").refusal(), @r#"Key `limits.retry_for` in jira-feeds.toml: this is not a length of time. Give a number with its unit, as in "30s" or "15m""#);
    insta::assert_snapshot!(Scene::with_acme("[feed.issues]\njql = [\"x\"]").refusal(), @"Key `feed.issues.jql` in jira-feeds.toml: this is a list. Give a text in quotes");
    insta::assert_snapshot!(Scene::with_acme("[feed.issues]\nmode = \"fast\"").refusal(), @"Key `feed.issues.mode` in jira-feeds.toml: there is no `fast`. Choose one of: full, incremental");
    insta::assert_snapshot!(Scene::with_acme("[feed.issues]\nmode = 5").refusal(), @"Key `feed.issues.mode` in jira-feeds.toml: this is no name. Choose one of: full, incremental");
    insta::assert_snapshot!(Scene::with_acme("[custom.mine]\nget = \"/rest/x\"\npage = \"pages\"").refusal(), @"Key `custom.mine.page` in jira-feeds.toml: there is no `pages`. Choose one of: single, token, offset, offset-array, since, cursor, limit, desk");
    insta::assert_snapshot!(Scene::with_acme("[custom.mine]\nget = \"/rest/x\"\ncolumns = { id = 5 }").refusal(), @"Key `custom.mine.columns.id` in jira-feeds.toml: a type is a name, [item type] or { key = type, ... }");
    insta::assert_snapshot!(Scene::named("a.yaml", "limits: { max_in_flight: }").refusal(), @"Key `limits.max_in_flight` in a.yaml: this is empty. Give a whole number from 1 to 4294967295");
    let scene = Scene::with_acme("").variable("JIRA_FEEDS__LIMITS__MAX_IN_FLIGHT", "lots");
    insta::assert_snapshot!(scene.refusal(), @"Environment variable JIRA_FEEDS__LIMITS__MAX_IN_FLIGHT: this is a text. Give a whole number from 1 to 4294967295");
    let scene = Scene::with_acme("").variable("JIRA_FEEDS__LIMITS", "lots");
    insta::assert_snapshot!(scene.refusal(), @"Environment variable JIRA_FEEDS__LIMITS: this is a text. Give a table of keys");
}

#[test]
fn limits_that_let_nothing_through() {
    insta::assert_snapshot!(Scene::with_acme("[limits]\nmax_in_flight = 0").refusal(), @"Key `limits.max_in_flight` in jira-feeds.toml: this is the number 0. Give a whole number from 1 to 4294967295");
    insta::assert_snapshot!(Scene::with_acme("[limits]\nmax_attempts = -1").refusal(), @"Key `limits.max_attempts` in jira-feeds.toml: this is the number -1. Give a whole number from 1 to 4294967295");
    insta::assert_snapshot!(Scene::with_acme("[limits]\nrequests_per_second = 5000000000").refusal(), @"Key `limits.requests_per_second` in jira-feeds.toml: this is the number 5000000000. Give a whole number from 1 to 4294967295");
    insta::assert_snapshot!(Scene::with_acme("[limits]\nrequest_timeout = \"0s\"").refusal(), @r#"Key `limits.request_timeout` in jira-feeds.toml: a time of 0 lets nothing happen. Give a longer one, as in "30s"; max_attempts = 1 turns retries off"#);
    insta::assert_snapshot!(Scene::with_acme("[limits]\nretry_for = \"1 year\"").refusal(), @r#"Key `limits.retry_for` in jira-feeds.toml: this is longer than a day. Give at most "24h""#);
    let scene = Scene::with_acme("").variable("JIRA_FEEDS__LIMITS__MAX_ATTEMPTS", "0");
    insta::assert_snapshot!(scene.refusal(), @"Environment variable JIRA_FEEDS__LIMITS__MAX_ATTEMPTS: this is the number 0. Give a whole number from 1 to 4294967295");
}

#[test]
fn feeds_that_do_not_exist() {
    insta::assert_snapshot!(Scene::with_acme("feeds = [\"isues\"]").refusal(), @"Key `feeds` in jira-feeds.toml: there is no feed `isues`; did you mean `issues`? `jira-feeds feeds` lists them");
    insta::assert_snapshot!(Scene::with_acme("feeds = [\"xyz\"]").refusal(), @"Key `feeds` in jira-feeds.toml: there is no feed `xyz`. `jira-feeds feeds` lists them");
    insta::assert_snapshot!(Scene::with_acme("feeds = []").refusal(), @r#"Key `feeds` in jira-feeds.toml: no feed is named. Name feeds, groups such as "agile.*", or "*" for all"#);
    insta::assert_snapshot!(Scene::with_acme("[feed.isues]\nraw = false").refusal(), @"Key `feed.isues` in jira-feeds.toml: there is no feed `isues`; did you mean `issues`? `jira-feeds feeds` lists them");
    let mut scene = Scene::with_acme("");
    scene.overrides.feeds = Some(vec!["agil.*".into()]);
    insta::assert_snapshot!(scene.refusal(), @"Argument FEED: there is no feed `agil.*`; did you mean `agile.*`? `jira-feeds feeds` lists them");
    let scene = Scene::with_acme("").variable("JIRA_FEEDS__FEEDS", "myself,isues");
    insta::assert_snapshot!(scene.refusal(), @"Environment variable JIRA_FEEDS__FEEDS: there is no feed `isues`; did you mean `issues`? `jira-feeds feeds` lists them");
}

#[test]
fn options_that_a_feed_cannot_have() {
    insta::assert_snapshot!(Scene::with_acme("[feed.boards]\nmode = \"incremental\"").refusal(), @r#"Key `feed.boards.mode` in jira-feeds.toml: Jira cannot be asked for the changes of this feed, so it is read in full every time. Write "full", or leave the key out"#);
    insta::assert_snapshot!(Scene::with_acme("[feed.issue_comments]\nmode = \"incremental\"\nfind_deleted = false").refusal(), @"Key `feed.issue_comments.find_deleted` in jira-feeds.toml: in the mode `incremental` only the feed `issues` looks for deleted issues; feeds inside of issues follow it. Move it to [feed.issues]");
    insta::assert_snapshot!(Scene::with_acme("[feed._permissions]\nfind_deleted = true").refusal(), @"Key `feed._permissions.find_deleted` in jira-feeds.toml: this feed is what runs have found out, and nothing of it goes. Remove the key");
    let nameless = "[custom.a]\nget = \"/rest/api/3/a\"\n[feed.a]\nfind_deleted = true";
    insta::assert_snapshot!(Scene::with_acme(nameless).refusal(), @"Key `feed.a.find_deleted` in jira-feeds.toml: the feed has no key, so a record that has gone cannot be told from one that has changed. Declare `key`, or remove this one");
    let without_columns =
        "[custom.a]\nget = \"/rest/api/3/a\"\nkey = [\"id\"]\n[feed.a]\nfind_deleted = true";
    insta::assert_snapshot!(Scene::with_acme(without_columns).refusal(), @"Key `feed.a.find_deleted` in jira-feeds.toml: no columns hold the feed's key, so there is no place for that of a record that has gone. Declare `columns` with the key among them, or remove this one");
    insta::assert_snapshot!(Scene::with_acme("[feed.fields]\njql = \"a = 1\"").refusal(), @"Key `feed.fields.jql` in jira-feeds.toml: only the feed `issues` takes JQL; feeds inside of issues follow it. Move it to [feed.issues]");
    insta::assert_snapshot!(Scene::with_acme("[feed.issues]\njql = \" \"").refusal(), @"Key `feed.issues.jql` in jira-feeds.toml: the JQL is empty. Leave the key out to read all issues");
    insta::assert_snapshot!(Scene::with_acme("[feed.issues]\njql = \"a = 1 order by b\"").refusal(), @"Key `feed.issues.jql` in jira-feeds.toml: the JQL has an ORDER BY. Remove it: issues are read in an order of our own");
    insta::assert_snapshot!(Scene::with_acme("[feed.issues]\njql = \"(a = 1\"").refusal(), @"Key `feed.issues.jql` in jira-feeds.toml: the JQL has a bracket that does not close. Close it");
    insta::assert_snapshot!(Scene::with_acme("[feed.myself]\nfield_names = \"name\"").refusal(), @"Key `feed.myself.field_names` in jira-feeds.toml: this feed has no columns for the site's fields. Remove the key");
    let mut scene = Scene::with_acme("");
    scene.overrides.jql = Some("order by x".into());
    insta::assert_snapshot!(scene.refusal(), @"Flag --jql: the JQL has an ORDER BY. Remove it: issues are read in an order of our own");
}

#[test]
fn custom_feeds_that_break_the_language() {
    insta::assert_snapshot!(Scene::with_acme("[custom.mine]\nrecords = \"\"").refusal(), @"Key `custom.mine.get` in jira-feeds.toml: a feed needs an endpoint (`get` or `post`) or a place in another (`embedded`)");
    insta::assert_snapshot!(Scene::with_acme("[custom.mine]\nget = \"/rest/x\"\nkey = [\"id\"]\ncolumns = { name = \"text\" }").refusal(), @"Key `custom.mine.key` in jira-feeds.toml: `id` is not one of the columns");
    insta::assert_snapshot!(Scene::with_acme("[custom.fields]\nget = \"/rest/x\"").refusal(), @"Key `custom.fields` in jira-feeds.toml: group `fields` has a feed of this name already");
    insta::assert_snapshot!(Scene::with_acme("[custom.mine]\nget = \"https://x.example/rest/x\"").refusal(), @"Key `custom.mine.get` in jira-feeds.toml: a feed is read from the credential's site only. Give the path alone, from /rest/ on");
    insta::assert_snapshot!(Scene::with_acme("[custom.mine]\npost = \"/rest/api/3/issue\"").refusal(), @"Key `custom.mine.post` in jira-feeds.toml: POST /rest/api/3/issue is not known to read. If it changes nothing, say `reads = true`");
    let put = Scene::with_acme("[custom.mine]\nput = \"/rest/x\"").refusal();
    assert!(put.contains("`custom.mine.put` in jira-feeds.toml: there is no such key"), "{put}");
    insta::assert_snapshot!(Scene::with_acme("[custom.mine]\nget = \"/rest/x\"\nheaders = { Cookie = \"x\" }").refusal(), @"Key `custom.mine.headers` in jira-feeds.toml: `Cookie` is not a header that an endpoint asks for (X-...)");
    insta::assert_snapshot!(Scene::with_acme("[custom.mine]\nget = \"/rest/x\"\neach = { a = [\"1\"], b = [\"2\"] }").refusal(), @"Key `custom.mine.each` in jira-feeds.toml: only one placeholder has a list of values, and no parent beside it");
    insta::assert_snapshot!(Scene::with_acme("[custom.Mine]\nget = \"/rest/x\"").refusal(), @"Key `custom.Mine` in jira-feeds.toml: names are snake_case: lower-case letters, digits and underscores");
}

#[test]
fn destinations() {
    insta::assert_snapshot!(Scene::with_acme("destination.url = \"\"").refusal(), @r#"Key `destination.url` in jira-feeds.toml: the destination is empty. Name a folder, as in "./lake""#);
    insta::assert_snapshot!(Scene::with_acme("destination.url = \"s3://key:s3cret@bucket/x\"").refusal(), @"Key `destination.url` in jira-feeds.toml: the URL holds a user name or password. Remove everything up to the @");
    insta::assert_snapshot!(Scene::with_acme("destination.partition_by = [\"year()\"]").refusal(), @r#"Key `destination.partition_by` in jira-feeds.toml: a column's name is empty. Name one, as in "fields.project.key" or "year(fields.created)""#);
    insta::assert_snapshot!(Scene::with_acme("feed.issues.partition_by = [\"key\", \"key\"]").refusal(), @"Key `feed.issues.partition_by` in jira-feeds.toml: entry 2 repeats another. Remove it");
    insta::assert_snapshot!(Scene::with_acme("destination.lock_lease = \"1s\"").refusal(), @r#"Key `destination.lock_lease` in jira-feeds.toml: this is no lease that can be kept. Give whole seconds, from "2s" to "1h""#);
    insta::assert_snapshot!(Scene::with_acme("destination.lock_lease = \"2500ms\"").refusal(), @r#"Key `destination.lock_lease` in jira-feeds.toml: this is no lease that can be kept. Give whole seconds, from "2s" to "1h""#);
    let mut scene = Scene::with_acme("");
    scene.overrides.destination = Some(" ".into());
    insta::assert_snapshot!(scene.refusal(), @r#"Flag --destination: the destination is empty. Name a folder, as in "./lake""#);
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_refused_unseen() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let value = OsString::from_vec(b"s3cret\xff".to_vec());
    let environment = [("JIRA_FEEDS__CREDENTIALS__ACME__API_TOKEN", value)].into_iter().collect();
    let scene = Scene::toml(ACME);
    let source = ConfigSource { path: Some(scene.path()), ..ConfigSource::default() };
    let refusal = load_in(&source, &environment).expect_err("refused");
    insta::assert_snapshot!(refusal, @"Environment variable JIRA_FEEDS__CREDENTIALS__ACME__API_TOKEN is not UTF-8 text. Set it anew, or unset it");
}
