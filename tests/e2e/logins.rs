//! The ways to a site: its own host for tokens without scopes, Atlassian's gateway for those with; and the
//! logins that Jira takes neither way.

use crate::support::evidence::LABELS;
use crate::support::{ADMIN, Account, Ran, Scene};
use jira_sandbox::{Effect, Fault, Resource, SiteOptions, Switch};
use serde_json::Value;

const SCOPED: Account = Account { username: "scoped@sandbox.example", token: "scoped-token" };
const FEW_SCOPES: Account =
    Account { username: "fewscopes@sandbox.example", token: "fewscopes-token" };
const LOCKED: Account = Account { username: "locked@sandbox.example", token: "locked-token" };
const TENANT_INFO: &str = "/_edge/tenant_info";
const CLOUD_ID: &str = "8f9e2a1b-0000-4000-a000-0000005a4db0";

/// A scene whose credential knows the sandbox's gateway, and `keys` of it beside.
struct Gateway {
    scene: Scene,
    keys: Vec<(&'static str, &'static str)>,
}

async fn gateway(account: Account, keys: &[(&'static str, &'static str)]) -> Gateway {
    of_site(SiteOptions::new(40, 1), account, keys).await
}

async fn of_site(
    options: SiteOptions,
    account: Account,
    keys: &[(&'static str, &'static str)],
) -> Gateway {
    let scene = Scene::with_options(options).await.seen_by(account);
    Gateway { scene, keys: keys.to_vec() }
}

impl Gateway {
    async fn command(&self, arguments: &[&str]) -> Ran {
        let mut command = self.scene.prepared(arguments);
        let variable = |key: &str| format!("JIRA_FEEDS__CREDENTIALS__TEST__{key}");
        command.env(variable("GATEWAY"), self.scene.url());
        command.envs(self.keys.iter().map(|(key, value)| (variable(key), value)));
        tokio::task::spawn_blocking(move || Ran::wait_for(command)).await.expect("the process runs")
    }

    async fn run(&self, feeds: &[&str]) -> Ran {
        self.command(&[&["run", "--output", "json"], feeds].concat()).await
    }

    fn paths(&self) -> Vec<String> {
        self.scene.control().requests().into_iter().map(|request| request.path).collect()
    }
}

const THROUGH: (&str, &str) = ("SCOPED", "true");

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_scopes_reads_everything_through_the_gateway() {
    let gateway = gateway(SCOPED, &[THROUGH]).await;
    let ran = gateway.run(&["labels", "issues", "boards"]).await.exits_with(0);
    assert_eq!(ran.report()["site"], gateway.scene.url(), "rows name the site, not the gateway");
    let truth = gateway.scene.site().truth(ADMIN.username, Resource::Issues).len();
    assert_eq!(gateway.scene.lake().rows("issues").len(), truth);
    let paths = gateway.paths();
    let at_the_site: Vec<_> = paths.iter().filter(|path| !path.starts_with("/ex/jira/")).collect();
    assert_eq!(at_the_site, [TENANT_INFO], "only the cloud id is asked of the site itself");
    let asked = &gateway.scene.asked("GET", TENANT_INFO)[0];
    assert_eq!(asked.account, None, "which is for anyone, so the login stays at home");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_id_that_is_given_is_not_asked_for() {
    let gateway = gateway(SCOPED, &[THROUGH, ("CLOUD_ID", CLOUD_ID)]).await;
    gateway.run(&["labels"]).await.exits_with(0);
    assert!(gateway.paths().iter().all(|path| path.starts_with("/ex/jira/")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_id_of_no_site_is_told() {
    let gateway =
        gateway(SCOPED, &[THROUGH, ("CLOUD_ID", "11111111-0000-4000-a000-000000000000")]).await;
    let ran = gateway.run(&["labels"]).await.exits_with(1);
    assert!(ran.stderr.contains("knows no site by this cloud id"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_tells_no_cloud_id_is_told() {
    let gateway = gateway(SCOPED, &[THROUGH]).await;
    gateway.scene.inject("GET", TENANT_INFO, Effect::Status { status: 404, retry_after: None });
    let ran = gateway.run(&["labels"]).await.exits_with(1);
    assert!(ran.stderr.contains("Set `cloud_id` in the credential"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_scopes_at_the_site_s_own_host_is_told_the_way() {
    let gateway = gateway(SCOPED, &[]).await;
    for command in ["run", "check"] {
        let ran = gateway.command(&[command, "labels"]).await.exits_with(3);
        let said = &ran.stderr;
        assert!(said.contains("The token has scopes") && said.contains("scoped = true"), "{said}");
    }
    assert_eq!(gateway.scene.lake().files(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_scopes_at_the_gateway_is_told_the_way() {
    let refused = gateway(ADMIN, &[THROUGH]).await;
    let ran = refused.run(&["labels"]).await.exits_with(3);
    let said = &ran.stderr;
    assert!(said.contains("The token has no scopes") && said.contains("Remove `scoped"), "{said}");
    // Some sites take it all the same.
    let options = SiteOptions::new(40, 1).with(Switch::GatewayTakesClassicTokens);
    let taken = of_site(options, ADMIN, &[THROUGH]).await;
    taken.run(&["labels"]).await.exits_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_tried_once_each_way_and_a_locked_login_only_once() {
    let wrong = gateway(Account { token: "wrong", ..ADMIN }, &[]).await;
    let ran = wrong.run(&["labels"]).await.exits_with(3);
    assert!(ran.stderr.contains("does not accept the credential"), "{}", ran.stderr);
    let myself = |path: &&String| path.ends_with("/rest/api/3/myself");
    assert_eq!(wrong.paths().iter().filter(myself).count(), 2);
    let locked = gateway(LOCKED, &[]).await;
    let ran = locked.run(&["labels"]).await.exits_with(3);
    assert!(ran.stderr.contains("CAPTCHA"), "{}", ran.stderr);
    assert_eq!(locked.paths(), ["/rest/api/3/myself"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_scope_is_a_denial_that_names_it() {
    let gateway = gateway(FEW_SCOPES, &[THROUGH]).await;
    let ran = gateway.run(&["labels", "screens", "boards", "sprints"]).await.exits_with(4);
    ran.is("labels", "complete");
    for (feed, scope) in [
        ("screens", "manage:jira-project"),
        ("boards", "read:board-scope:jira-software"),
        ("sprints", "read:sprint:jira-software"),
    ] {
        ran.is(feed, "denied");
        let denial = &ran.feed(feed)["denials"][0];
        assert_eq!(denial["status"], 401, "{denial}");
        assert_eq!(denial["message"], "Unauthorized; scope does not match");
        let scopes = denial["scopes"].as_array().expect("scopes");
        assert!(scopes.contains(&Value::from(scope)), "{denial}");
        assert!(denial["remedy"].as_str().is_some_and(|remedy| remedy.contains(scope)), "{denial}");
    }
    assert!(ran.report()["error"].is_null(), "the login is alive");
    let report = gateway.command(&["check", "screens", "labels", "-o", "json"]).await;
    let report = report.exits_with(4).report();
    assert_eq!(report["feeds"][1]["denials"][0]["scopes"][0], "manage:jira-project", "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_may_not_read_its_own_account_is_told_which_scope_it_lacks() {
    let gateway = gateway(SCOPED, &[THROUGH]).await;
    let body = br#"{"code":401,"message":"Unauthorized; scope does not match"}"#;
    let answer = Effect::Answer { status: 401, headers: Vec::new(), body: body.to_vec() };
    gateway.scene.control().inject(Fault::on("GET", "/rest/api/3/myself", answer));
    let ran = gateway.run(&["labels"]).await.exits_with(3);
    assert!(ran.stderr.contains("the scope read:jira-user"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_with_scopes_ends_the_run() {
    let gateway = gateway(SCOPED, &[THROUGH]).await;
    gateway.scene.control().revoke(SCOPED.username, 6);
    let ran = gateway.run(&[]).await.exits_with(3);
    assert!(ran.report()["error"].is_string());
}

/// Wrong e-mail, expired, blocked: Jira answers them alike, so the text names all of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_names_every_cause_that_jira_does_not_tell_apart() {
    for (username, token) in [
        ("plain@sandbox.example", "admin-token"),
        ("expired@sandbox.example", "expired-token"),
        ("blocked@sandbox.example", "blocked-token"),
    ] {
        let scene = Scene::with_issues(20).await.seen_by(Account { username, token });
        let ran = scene.run(&["labels"]).await.exits_with(3);
        for cause in
            ["e-mail of the token's owner", "expired or been revoked", "administrators can block"]
        {
            assert!(ran.stderr.contains(cause), "no {cause:?} in {}", ran.stderr);
        }
        assert_eq!(scene.control().requests().len(), 1, "never tried again");
        assert!(scene.asked("GET", LABELS).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_a_jira_is_told() {
    let scene = Scene::with_issues(10).await;
    scene.inject("GET", "/rest/api/3/myself", Effect::Status { status: 404, retry_after: None });
    let ran = scene.run(&["labels"]).await.exits_with(1);
    assert!(ran.stderr.contains("Check the credential's url"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_the_gateway_are_checked_before_the_first_request() {
    for (key, value, said) in [
        ("CLOUD_ID", "../../other", "this is no cloud id"),
        ("GATEWAY", "http://api.atlassian.com", "plain http would send the token in the clear"),
        ("SCOPED", "maybe", "true or false"),
    ] {
        let gateway = gateway(SCOPED, &[THROUGH, (key, value)]).await;
        let ran = gateway.run(&["labels"]).await.exits_with(2);
        assert!(ran.stderr.contains(said) && ran.stderr.contains(key), "{}", ran.stderr);
        assert!(gateway.paths().is_empty());
    }
}
