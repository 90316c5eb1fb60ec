use super::*;
use proptest::prelude::*;

fn marks(received: usize) -> PageMarks {
    // Each page differs from the others, as pages do.
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let fingerprint = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    PageMarks { received, fingerprint, ..PageMarks::default() }
}

fn asked(pager: &Pager, name: &str) -> Option<Value> {
    pager.parameters().into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

#[test]
fn offsets_move_on_by_what_was_received_not_by_what_was_asked_for() {
    let mut pager = Pager::new(PageStyle::Offset, 100);
    let page = PageMarks { total: Some(120), page_size: Some(50), ..marks(50) };
    assert_eq!(pager.advance(&page), Ok(true));
    assert_eq!(asked(&pager, "startAt"), Some(50.into()));
}

#[test]
fn a_short_page_is_not_the_end_of_a_list_that_has_a_total() {
    let mut pager = Pager::new(PageStyle::Offset, 50);
    assert_eq!(pager.advance(&PageMarks { total: Some(60), ..marks(10) }), Ok(true));
    assert_eq!(pager.advance(&PageMarks { total: Some(60), ..marks(50) }), Ok(false));
}

#[test]
fn an_empty_page_before_the_total_is_stepped_over() {
    let mut pager = Pager::new(PageStyle::Offset, 50);
    let empty = PageMarks { total: Some(60), page_size: Some(25), ..marks(0) };
    assert_eq!(pager.advance(&empty), Ok(true));
    assert_eq!(asked(&pager, "startAt"), Some(25.into()));
}

#[test]
fn is_last_ends_a_list_without_a_total() {
    let mut pager = Pager::new(PageStyle::Offset, 50);
    assert_eq!(pager.advance(&PageMarks { is_last: Some(false), ..marks(50) }), Ok(true));
    assert_eq!(pager.advance(&PageMarks { is_last: Some(true), ..marks(50) }), Ok(false));
}

#[test]
fn a_bare_array_goes_on_past_short_pages_and_empty_windows() {
    let mut pager = Pager::new(PageStyle::OffsetArray, 1000);
    assert_eq!(pager.advance(&marks(50)), Ok(true));
    assert_eq!(pager.advance(&marks(20)), Ok(true));
    assert_eq!(asked(&pager, "startAt"), Some(70.into()));
    assert_eq!(pager.advance(&marks(0)), Ok(true));
    assert_eq!(asked(&pager, "startAt"), Some(120.into()));
    assert_eq!(pager.advance(&marks(0)), Ok(true));
    assert_eq!(pager.advance(&marks(3)), Ok(true));
    let empty: Vec<_> = (0..4).map(|_| pager.advance(&marks(0))).collect();
    assert_eq!(empty, [Ok(true), Ok(true), Ok(true), Ok(false)], "room for 200 records");
}

#[test]
fn a_token_goes_into_the_next_request_until_it_is_missing() {
    let mut pager = Pager::new(PageStyle::Token, 5000);
    assert_eq!(asked(&pager, "nextPageToken"), None);
    assert_eq!(pager.advance(&PageMarks { token: Some("a".into()), ..marks(9) }), Ok(true));
    assert_eq!(asked(&pager, "nextPageToken"), Some("a".into()));
    assert_eq!(pager.advance(&marks(9)), Ok(false));
}

#[test]
fn a_page_that_is_not_the_last_and_says_no_way_on_is_an_error() {
    for style in [PageStyle::Token, PageStyle::Cursor, PageStyle::Since] {
        let mut pager = Pager::new(style, 100);
        let page = PageMarks { is_last: Some(false), ..marks(9) };
        assert_eq!(pager.advance(&page), Err(PagingError::NoWayOn { page: 1 }), "{style:?}");
    }
}

#[test]
fn a_page_that_is_not_the_last_outweighs_a_total_that_is_too_small() {
    let mut pager = Pager::new(PageStyle::Offset, 50);
    let page = PageMarks { is_last: Some(false), total: Some(10), ..marks(50) };
    assert_eq!(pager.advance(&page), Ok(true));
    let empty = PageMarks { is_last: Some(false), total: Some(10), ..marks(0) };
    assert_eq!(pager.advance(&empty), Ok(false));
}

#[test]
fn a_repeated_token_is_an_error() {
    let mut pager = Pager::new(PageStyle::Token, 100);
    let page = || PageMarks { token: Some("a".into()), ..marks(9) };
    assert_eq!(pager.advance(&page()), Ok(true));
    let error = PagingError::RepeatedToken { page: 2, token: "a".into() };
    assert_eq!(pager.advance(&page()), Err(error));
}

#[test]
fn empty_pages_that_promise_more_end_in_an_error() {
    let mut pager = Pager::new(PageStyle::Token, 100);
    let result = (0..100)
        .map(|n| pager.advance(&PageMarks { token: Some(n.to_string()), ..marks(0) }))
        .find(|step| *step != Ok(true));
    assert_eq!(result, Some(Err(PagingError::EmptyPages { pages: MOST_EMPTY_PAGES })));
}

#[test]
fn the_same_page_twice_is_an_error() {
    let mut pager = Pager::new(PageStyle::Offset, 50);
    let page = PageMarks { is_last: Some(false), ..marks(50) };
    assert_eq!(pager.advance(&page), Ok(true));
    assert_eq!(pager.advance(&page), Err(PagingError::RepeatedPage { page: 2 }));
}

#[test]
fn since_moves_to_until_and_refuses_to_stand_still() {
    let mut pager = Pager::new(PageStyle::Since, 1000);
    let page = |until| PageMarks { until: Some(until), is_last: Some(false), ..marks(1000) };
    assert_eq!(pager.advance(&page(5)), Ok(true));
    assert_eq!(asked(&pager, "since"), Some(5.into()));
    assert_eq!(pager.advance(&page(5)), Err(PagingError::StuckInTime { page: 2, since: 5 }));
}

#[test]
fn each_style_names_its_own_parameters() {
    let names = |style| {
        Pager::new(style, 7).parameters().into_iter().map(|(key, _)| key).collect::<Vec<_>>()
    };
    assert_eq!(names(PageStyle::Single), Vec::<&str>::new());
    assert_eq!(names(PageStyle::Token), ["maxResults"]);
    assert_eq!(names(PageStyle::Offset), ["startAt", "maxResults"]);
    assert_eq!(names(PageStyle::OffsetArray), ["startAt", "maxResults"]);
    assert_eq!(names(PageStyle::Cursor), ["maxResults"]);
    assert_eq!(names(PageStyle::Limit), ["offset", "limit"]);
    assert_eq!(names(PageStyle::Desk), ["start", "limit"]);
}

proptest! {
    /// An honest server of `size` records, that lowers the page size as it likes, is read whole, each record once.
    #[test]
    fn an_offset_list_is_read_whole_and_once(size in 0_u64..500, ceiling in 1_u64..60, asked_for in 1_u32..100) {
        let mut pager = Pager::new(PageStyle::Offset, asked_for);
        let mut next = 0;
        loop {
            let start = asked(&pager, "startAt").and_then(|v| v.as_u64()).unwrap();
            prop_assert_eq!(start, next);
            let received = ceiling.min(u64::from(asked_for)).min(size - start);
            next = start + received;
            let page = PageMarks { total: Some(size), ..marks(usize::try_from(received).unwrap()) };
            if !pager.advance(&page).unwrap() {
                break;
            }
        }
        prop_assert_eq!(next, size);
    }

    /// Whatever pages say, the pager ends or refuses within its bounds.
    #[test]
    fn any_server_ends(style_index in 0_usize..7, pages in proptest::collection::vec((0_usize..3, any::<Option<bool>>(), any::<Option<u64>>(), any::<Option<u8>>(), any::<Option<i64>>()), 1..40)) {
        let styles = [PageStyle::Token, PageStyle::Offset, PageStyle::OffsetArray, PageStyle::Since, PageStyle::Cursor, PageStyle::Limit, PageStyle::Desk];
        let mut pager = Pager::new(styles[style_index], 50);
        for (received, is_last, total, token, until) in pages.iter().cycle().take(400) {
            let page = PageMarks { received: *received, is_last: *is_last, total: total.map(|t| t % 1000), token: token.map(|t| t.to_string()), until: *until, page_size: None, fingerprint: 0 };
            if !matches!(pager.advance(&page), Ok(true)) {
                return Ok(());
            }
        }
        // Only pages that keep bringing records may go on this long.
        prop_assert!(pages.iter().any(|page| page.0 > 0));
    }
}
