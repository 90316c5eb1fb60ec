//! Google Cloud Storage.

use super::client::{Client, is_on};
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::RetryConfig;
use object_store::gcp::{GoogleCloudStorage, GoogleCloudStorageBuilder, GoogleConfigKey};
use url::Url;

pub(super) struct Gcs(GoogleCloudStorageBuilder);

impl Client for Gcs {
    type Objects = GoogleCloudStorage;

    const LOGIN_REMEDY: &'static str = "set GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT to the file of a service account's key, or `service_account` in [destination.options]";

    fn of_environment(url: &Url) -> Self {
        Self(GoogleCloudStorageBuilder::from_env().with_url(url.as_str()))
    }

    fn set(self, name: &str, value: &str) -> (Self, bool) {
        match name.parse::<GoogleConfigKey>() {
            Ok(key) => (Self(self.0.with_config(key, value)), true),
            Err(_) => (self, false),
        }
    }

    fn is_anonymous(&self) -> bool {
        is_on(self.0.get_config_value(&GoogleConfigKey::SkipSignature))
    }

    fn build(self, retry: RetryConfig) -> object_store::Result<GoogleCloudStorage> {
        self.0.with_retry(retry).build()
    }

    fn login(objects: &GoogleCloudStorage) -> BoxFuture<'_, object_store::Result<()>> {
        objects.credentials().get_credential().map(|found| found.map(drop)).boxed()
    }
}
