//! The report of a run, kept beside the data. Must not know what is in it.

use super::{Lake, LakeError, RunId, layout};
use serde::Serialize;

/// How many reports a destination keeps.
const REPORTS_KEPT: usize = if cfg!(test) { 3 } else { 1000 };

impl Lake {
    /// Keeps the report of a run; a later one of the same run takes its place. Of all runs only the newest
    /// 1,000 are kept: an hourly run would leave thousands a year.
    pub async fn write_report(
        &self,
        run: &RunId,
        report: &(impl Serialize + ?Sized),
    ) -> Result<(), LakeError> {
        self.write_document(&layout::report(run), report).await?;
        let reports = self.store.list_by_age(layout::REPORTS).await?;
        let too_many = reports.len().saturating_sub(REPORTS_KEPT);
        for old in reports.iter().take(too_many) {
            self.store.delete(old).await?;
        }
        Ok(())
    }
}
