//! `check`: what an account may read, by Jira's own word on its permissions and by one record where that does not tell.

use crate::support::evidence::{LABELS, PROJECTS, SPRINTS, status};
use crate::support::{ADMIN, Account, NOBROWSE, NOSOFTWARE, PLAIN, Scene};
use jira_sandbox::{Effect, Fault, LoggedRequest, Resource, SiteOptions};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MY_PERMISSIONS: &str = "/rest/api/3/mypermissions";
const PERMITTED: &str = "/rest/api/3/permissions/project";
const SCREENS: &str = "/rest/api/3/screens";

/// A check of some feeds, or of all, as JSON.
async fn checked(scene: &Scene, feeds: &[&str], code: i32) -> Value {
    let arguments = [&["check", "--output", "json"], feeds].concat();
    scene.command(&arguments).await.exits_with(code).report()
}

fn feed<'a>(report: &'a Value, name: &str) -> &'a Value {
    let feeds = report["feeds"].as_array().expect("a list");
    feeds.iter().find(|feed| feed["feed"] == name).expect(name)
}

/// The feeds that are not readable, and how.
fn not_readable(report: &Value) -> Vec<(&str, &str)> {
    let feeds = report["feeds"].as_array().expect("a list").iter();
    feeds
        .map(|feed| {
            (feed["feed"].as_str().unwrap_or_default(), feed["access"].as_str().unwrap_or_default())
        })
        .filter(|(_, access)| *access != "readable")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_may_read_everything() {
    let scene = Scene::with_issues(60).await;
    let report = checked(&scene, &[], 0).await;
    assert_eq!(not_readable(&report), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_may_read_all_but_two_private_boards_and_nothing_is_written() {
    let scene = Scene::with_private_boards(300).await;
    let report = checked(&scene, &[], 4).await;
    let limited = not_readable(&report);
    assert!(limited.len() > 10 && limited.iter().all(|(_, how)| *how == "partial"), "{limited:?}");
    for (name, _) in limited {
        let denials = feed(&report, name)["denials"].as_array().expect("a list");
        let mut boards: Vec<_> = denials.iter().map(|denial| denial["parent"].clone()).collect();
        boards.sort_by_key(ToString::to_string);
        assert_eq!(boards, ["board 20", "board 21"], "{name}");
    }
    let sprints = feed(&report, "board_issues");
    assert_eq!((&sprints["parents_readable"], &sprints["parents_total"]), (&9.into(), &11.into()));
    let text = scene.command(&["check"]).await.exits_with(4).stdout;
    assert!(text.contains("Ada Admin") && text.contains("readable in 9 of 11 boards"), "{text}");
    assert!(!scene.lake_path().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_permission_alone_tells_is_not_asked_for() {
    let scene = Scene::with_issues(50).await.seen_by(PLAIN);
    let report = checked(&scene, &["screens", "workflows", "group_members", "labels"], 4).await;
    let denied = ["group_members", "screens", "workflows"];
    assert_eq!(not_readable(&report), denied.map(|feed| (feed, "denied")));
    assert_eq!(feed(&report, "screens")["needs"], "ADMINISTER");
    assert_eq!(feed(&report, "screens")["denials"][0]["path"], MY_PERMISSIONS);
    assert_eq!(report["permissions"]["ADMINISTER"], false);
    let asked = scene.control().requests();
    let paths: Vec<_> = asked.iter().map(|request| request.path.as_str()).collect();
    let expected = ["/rest/api/3/myself", MY_PERMISSIONS, LABELS, "/rest/api/3/myself"];
    assert_eq!(paths, expected, "the login, the permissions, one record, and the login once more");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_asked_for_in_words_for_a_ticket() {
    let scene = Scene::with_issues(50).await.seen_by(PLAIN);
    let report = checked(&scene, &[], 4).await;
    let ticket = report["ticket"].as_str().expect("a text");
    for words in [
        "Pat Plain",
        "712020:",
        &scene.url(),
        "Administer Jira, to read ",
        "audit_records",
        "project LAB",
    ] {
        assert!(ticket.contains(words), "no {words:?} in {ticket}");
    }
    let text = scene.command(&["check"]).await.exits_with(4).stdout;
    assert!(text.contains(ticket), "{text}");
}

/// Each of the three groups of permissions is told by its name where it is what is missing.
#[tokio::test(flavor = "multi_thread")]
async fn the_three_groups_of_permissions_appear_by_name() {
    for (account, feeds, group) in [
        (NOBROWSE, ["issues", "projects"], "Browse projects"),
        (NOSOFTWARE, ["boards", "sprints"], "View development tools and read-only workflow"),
        (PLAIN, ["workflows", "workflows"], "View development tools and read-only workflow"),
        (PLAIN, ["users", "group_members"], "Membership in groups or roles"),
        (PLAIN, ["project_components", "project_versions"], "Membership in groups or roles"),
    ] {
        let scene = Scene::with_issues(40).await.seen_by(account);
        let report = checked(&scene, &feeds, 4).await;
        for name in feeds {
            assert_eq!(feed(&report, name)["denials"][0]["group"], group, "{name} of {account:?}");
        }
        let ran = scene.run(&feeds).await.exits_with(4);
        assert_eq!(ran.feed(feeds[0])["denials"][0]["group"], group, "{feeds:?} of {account:?}");
        let text = scene.command(&[&["run"], &feeds[..]].concat()).await.stdout;
        assert!(text.contains(group), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_that_are_hidden_are_told_from_feeds_that_are_empty() {
    let scene = Scene::with_issues(20).await.seen_by(NOBROWSE);
    let report = checked(&scene, &["issues", "issue_links", "project_versions", "labels"], 4).await;
    let denied = ["issue_links", "issues", "project_versions"];
    assert_eq!(not_readable(&report), denied.map(|feed| (feed, "denied")));
}

fn page_size(request: &LoggedRequest) -> Option<&str> {
    let size = request.query.iter().find(|(key, _)| key == "maxResults");
    size.map(|(_, value)| value.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_one_record_of_a_feed_is_read() {
    let scene = Scene::with_private_boards(80).await;
    checked(&scene, &["labels", "users", "screens", "sprints"], 4).await;
    let asked = scene.control().requests();
    let lists = ["/rest/api/3/label", "/rest/api/3/users/search", SCREENS, SPRINTS];
    let of_lists: Vec<_> =
        asked.iter().filter(|request| lists.contains(&request.template.as_str())).collect();
    assert!(of_lists.len() > 10, "{of_lists:?}");
    assert!(of_lists.iter().all(|request| page_size(request) == Some("1")), "{of_lists:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_parents_fifty_are_asked_unless_all_are_wanted() {
    let options = SiteOptions { extra_projects: 70, ..SiteOptions::new(20, 1) };
    let scene = Scene::with_options(options).await;
    let total = scene.site().truth(ADMIN.username, Resource::Projects).len() as u64;
    let report = checked(&scene, &["project_versions"], 0).await;
    let versions = feed(&report, "project_versions");
    assert_eq!(versions["access"], "readable");
    // Archived projects on the first page are not asked for.
    assert!(
        versions["parents"].as_u64().is_some_and(|asked| (40..=50).contains(&asked)),
        "{versions}"
    );
    assert!(versions["parents_total"].as_u64().is_some_and(|all| all == total), "{versions}");
    assert_eq!(scene.asked("GET", PROJECTS).len(), 1, "one page of parents is enough");
    let text = scene.command(&["check", "project_versions"]).await.stdout;
    assert!(text.contains(&format!(" projects asked, of {total} in all")), "{text}");
    let report = checked(&scene, &["project_versions", "--every-parent"], 0).await;
    let versions = feed(&report, "project_versions");
    assert!(versions["parents"].as_u64().is_some_and(|asked| asked >= 70), "{versions}");
    assert_eq!(versions["parents"], versions["parents_total"]);
}

const ROLES: &str = "[custom.roles_of_projects]\nget = \"/rest/api/3/project/{projectId}/roledetails\"\nneeds = \"ADMINISTER_PROJECTS\"\ndenied = [404]\nkey = [\"id\"]\ncolumns = { id = \"int\", name = \"text\" }\nparent = { feed = \"projects\", called = \"project\", bind = { projectId = \"/id\" } }\n";

/// A plain user who administers the first two of the projects.
async fn an_administrator_of_two_projects() -> (Scene, Vec<String>) {
    let scene = Scene::with_issues(20).await.seen_by(PLAIN).config(ROLES);
    let of = |value: bool| json!({"havePermission": value});
    let held = json!({"permissions": {"ADMINISTER": of(false), "ADMINISTER_PROJECTS": of(true)}});
    scene.control().serve("GET", MY_PERMISSIONS, move |_| held.clone());
    let mut ids = scene.truth(Resource::Projects, "id");
    ids.truncate(2);
    let permitted: Vec<_> =
        ids.iter().map(|id| json!({ "id": id.parse::<u64>().unwrap_or(0) })).collect();
    scene.control().serve("POST", PERMITTED, move |_| json!({ "projects": permitted }));
    let role = "/rest/api/3/project/{projectId}/roledetails";
    scene.control().serve("GET", role, |_| json!([{"id": 1, "name": "Developers"}]));
    (scene, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_without_the_permission_are_counted_and_not_asked() {
    let (scene, ids) = an_administrator_of_two_projects().await;
    let report = checked(&scene, &["roles_of_projects"], 4).await;
    let roles = feed(&report, "roles_of_projects");
    assert_eq!(roles["access"], "partial", "{roles}");
    assert_eq!(
        (&roles["parents_readable"], &roles["parents"]),
        (&2.into(), &roles["parents_total"])
    );
    assert_eq!(roles["denials"][0]["path"], PERMITTED);
    let asked = scene.control().requests();
    let asked: Vec<_> =
        asked.iter().filter(|request| request.path.ends_with("/roledetails")).collect();
    assert_eq!(asked.len(), ids.len(), "{asked:?}");
    let body = scene.bodies(PERMITTED);
    assert_eq!(body, [json!({"permissions": ["ADMINISTER_PROJECTS"]})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_the_site_does_not_know_does_not_stop_the_others() {
    let scene = Scene::with_issues(20).await.seen_by(PLAIN);
    let unknown = json!({"errorMessages": ["Unrecognized permission"]}).to_string();
    let refused = Effect::Answer { status: 400, headers: Vec::new(), body: unknown.into() };
    scene.control().inject(Fault::on("GET", MY_PERMISSIONS, refused).nth(1));
    scene.control().serve(
        "GET",
        "/rest/api/3/permissions",
        |_| json!({"permissions": {"ADMINISTER": {}, "USER_PICKER": {}, "BROWSE_PROJECTS": {}}}),
    );
    let report = checked(&scene, &["screens", "service_desks"], 4).await;
    assert_eq!(feed(&report, "screens")["denials"][0]["path"], MY_PERMISSIONS);
    let desks = &feed(&report, "service_desks")["denials"][0];
    assert_eq!(
        desks["path"], "/rest/servicedeskapi/servicedesk",
        "Jira did not say, so it was asked"
    );
    let asked = scene.asked("GET", MY_PERMISSIONS);
    let keys = &asked[1].query[0].1;
    assert_eq!(keys, "ADMINISTER,BROWSE_PROJECTS,USER_PICKER");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_jira_s_word_on_permissions_each_feed_is_asked() {
    let scene = Scene::with_issues(20).await.seen_by(PLAIN);
    scene.inject("GET", MY_PERMISSIONS, status(404));
    let report = checked(&scene, &["screens", "labels"], 4).await;
    assert_eq!(not_readable(&report), [("screens", "denied")]);
    let denial = &feed(&report, "screens")["denials"][0];
    assert_eq!((&denial["status"], &denial["path"]), (&403.into(), &SCREENS.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_with_a_dead_login_is_3() {
    let wrong = Account { token: "wrong-token", ..PLAIN };
    let scene = Scene::with_issues(20).await.seen_by(wrong);
    let report = checked(&scene, &[], 3).await;
    assert!(
        report["error"].as_str().is_some_and(|error| error.contains("does not accept")),
        "{report}"
    );
    let scene = Scene::with_issues(20).await.seen_by(PLAIN);
    scene.control().revoke(PLAIN.username, 1);
    checked(&scene, &["labels", "screens"], 3).await;
}

/// One catalogue entry says it everywhere: to programs, to people, in the documentation, in a check and in a denial.
#[tokio::test(flavor = "multi_thread")]
async fn the_permission_of_a_feed_is_the_same_wherever_it_is_stated() {
    let scene = Scene::with_issues(40).await.seen_by(NOBROWSE);
    let feeds = scene.command(&["feeds", "--output", "json"]).await.exits_with(0).report();
    let report = checked(&scene, &[], 4).await;
    let ran = scene.run(&[]).await.exits_with(4);
    let page = include_str!("../../docs/feeds.md");
    let (mut denied, mut shown) = (0, BTreeSet::new());
    for described in feeds.as_array().expect("a list") {
        let name = described["feed"].as_str().expect("a name");
        let needs = described["needs"].as_str().expect("a key");
        let section = page
            .split(&format!(
                "
### {name}
"
            ))
            .nth(1)
            .expect(name);
        let section = section
            .split(
                "
### ",
            )
            .next()
            .expect(name);
        assert!(section.contains(&format!("`{needs}`")), "{name}: {section}");
        // One feed of each permission: all are shown by the same words.
        if shown.insert(needs) {
            let text = scene.command(&["feeds", "show", name]).await.exits_with(0).stdout;
            assert!(text.contains(needs), "{name} needs {needs}: {text}");
        }
        if !ran.outcomes().contains_key(name) {
            continue;
        }
        assert_eq!(feed(&report, name)["needs"], needs, "{name}");
        // A feed that hangs on another can be denied for what the other needs.
        let above = feeds
            .as_array()
            .expect("a list")
            .iter()
            .filter(|above| described["parent"] == above["feed"]);
        let needed: Vec<_> =
            above.map(|above| above["needs"].clone()).chain([needs.into()]).collect();
        for denial in ran.feed(name)["denials"].as_array().expect("a list") {
            assert!(needed.contains(&denial["needs"]), "{name}: {denial}");
            denied += 1;
        }
    }
    assert!(denied > 15, "{denied}");
}
