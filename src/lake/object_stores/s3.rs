//! Amazon S3, and whatever speaks its language at another endpoint.

use super::client::{Client, is_on};
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::RetryConfig;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use url::Url;

pub(super) struct S3(AmazonS3Builder);

impl Client for S3 {
    type Objects = AmazonS3;

    const LOGIN_REMEDY: &'static str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the options of the same names in [destination.options]; profiles of ~/.aws (AWS_PROFILE) are not read, `aws configure export-credentials --format env` prints one as variables";

    fn of_environment(url: &Url) -> Self {
        Self(AmazonS3Builder::from_env().with_url(url.as_str()))
    }

    fn set(self, name: &str, value: &str) -> (Self, bool) {
        match name.parse::<AmazonS3ConfigKey>() {
            Ok(key) => (Self(self.0.with_config(key, value)), true),
            Err(_) => (self, false),
        }
    }

    fn is_anonymous(&self) -> bool {
        is_on(self.0.get_config_value(&AmazonS3ConfigKey::SkipSignature))
    }

    fn build(self, retry: RetryConfig) -> object_store::Result<AmazonS3> {
        self.0.with_retry(retry).build()
    }

    fn login(objects: &AmazonS3) -> BoxFuture<'_, object_store::Result<()>> {
        objects.credentials().get_credential().map(|found| found.map(drop)).boxed()
    }
}
