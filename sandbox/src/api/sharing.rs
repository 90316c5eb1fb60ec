//! Filters and dashboards: lists of what is shared with the caller.

use serde_json::Value;

use super::{Route, get, parts};
use crate::call::Call;
use crate::paging::{self, Window, bean_size};

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/filter/search", |call| Ok(filters(call))),
    get("/rest/api/3/dashboard", |call| Ok(dashboards(call))),
    get("/rest/api/3/dashboard/search", |call| Ok(dashboards_found(call))),
];

fn filters(call: &Call<'_>) -> Value {
    let expand = call.expand();
    paging::bean(call, call.view().filters(&parts(&expand)), bean_size(call, 50))
}

fn dashboards(call: &Call<'_>) -> Value {
    let window = Window::usual(call, bean_size(call, 20));
    let dashboards: Vec<Value> = call.view().dashboards();
    let total = dashboards.len();
    paging::total_only("dashboards", window, total, window.cut(dashboards))
}

fn dashboards_found(call: &Call<'_>) -> Value {
    let expand = call.expand();
    paging::bean(call, call.view().dashboards_found(&parts(&expand)), bean_size(call, 50))
}
