use super::*;
use crate::catalog::Catalog;
use crate::config::{HttpSettings, Limits};
use crate::jira::{Account, Client};
use crate::run::session::Network;
use std::num::NonZeroU32;

/// Panics over the feed `labels`, and tells the others' names.
struct Clumsy;

impl Handler for Clumsy {
    type Open = ();
    type Report = String;

    fn open(&self, _: &Shared, _: &Arc<Feed>) -> (Option<mpsc::Sender<RecordPage>>, ()) {
        (None, ())
    }

    fn defect(&self, feed: &Feed, what: String) -> String {
        format!("{}: {what}", feed.name)
    }

    async fn settle(&self, _: &Shared, underway: Underway<()>) -> Option<String> {
        assert_ne!(underway.target.feed.name, "labels", "a defect");
        Some(underway.target.feed.name.clone())
    }
}

/// A session whose site answers nothing.
fn session() -> Session {
    let limits = Limits { max_attempts: NonZeroU32::MIN, ..Limits::default() };
    let network = Network::of(&limits, &HttpSettings::default());
    let nowhere = url::Url::parse("http://127.0.0.1:9").unwrap();
    let client = Client::anonymous(nowhere, network.pacing, &network.transport).unwrap();
    let account = Account { id: "a".into(), display_name: "A".into(), time_zone: None };
    Session {
        client,
        account,
        site: String::new(),
        fields: Ok(Vec::new()),
        overhead: Arc::default(),
        told: crate::jira::TrafficCounts::default(),
    }
}

#[tokio::test]
async fn a_defect_in_one_feed_is_told_and_costs_the_others_nothing() {
    let catalog = Catalog::with_custom([]).unwrap();
    let names = ["labels", "boards", "sprints", "fields"].map(str::to_owned);
    let plan = Plan::new(&catalog, &catalog.select(&names).unwrap(), None).unwrap();
    let shared = Arc::new(Shared::new(session(), None, &Stop::default()));
    let mut reports = read_all(&shared, &Arc::new(Clumsy), plan).await;
    reports.sort();
    let (told, others): (Vec<_>, Vec<_>) =
        reports.into_iter().partition(|report| report.starts_with("labels"));
    assert_eq!(others, ["boards", "fields", "sprints"]);
    assert!(told.len() == 1 && told[0].contains("a defect"), "{told:?}");
}

#[tokio::test]
async fn children_do_not_wait_for_parents_whose_task_is_gone() {
    let catalog = Catalog::with_custom([]).unwrap();
    let spec = catalog.get("sprints").unwrap().parent.clone().unwrap();
    let list = ParentList::new(spec);
    let outlet = Outlet::new(catalog.get("boards").unwrap(), None, vec![list.tap()], Vec::new());
    let waiting = tokio::spawn({
        let (catalog, list) = (catalog.clone(), Arc::clone(&list));
        async move {
            let sprints = catalog.get("sprints").unwrap();
            let target = Target::new(
                Arc::clone(sprints),
                Outlet::new(sprints, None, Vec::new(), Vec::new()),
                None,
            );
            let context = Context { client: session().client, sample: None };
            fan_out(&context, &target, &list, None).await;
            target.progress_so_far().1
        }
    });
    drop(outlet);
    let ended = waiting.await.unwrap();
    assert!(matches!(ended, Some(ExtractError::ParentsMissing(_))), "{ended:?}");
}
