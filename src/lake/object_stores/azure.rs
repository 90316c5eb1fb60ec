//! Azure Blob Storage, and Data Lake Storage by its Blob interface.

use super::client::{Client, is_on};
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::RetryConfig;
use object_store::azure::{AzureConfigKey, MicrosoftAzure, MicrosoftAzureBuilder};
use url::Url;

pub(super) struct Azure(MicrosoftAzureBuilder);

impl Client for Azure {
    type Objects = MicrosoftAzure;

    const LOGIN_REMEDY: &'static str = "set AZURE_STORAGE_ACCOUNT_NAME and one of AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_CLIENT_ID with AZURE_CLIENT_SECRET and AZURE_TENANT_ID, or `account_name`, `account_key` and so on in [destination.options]";

    fn of_environment(url: &Url) -> Self {
        Self(MicrosoftAzureBuilder::from_env().with_url(url.as_str()))
    }

    fn set(self, name: &str, value: &str) -> (Self, bool) {
        match name.parse::<AzureConfigKey>() {
            Ok(key) => (Self(self.0.with_config(key, value)), true),
            Err(_) => (self, false),
        }
    }

    fn is_anonymous(&self) -> bool {
        is_on(self.0.get_config_value(&AzureConfigKey::SkipSignature))
    }

    fn build(self, retry: RetryConfig) -> object_store::Result<MicrosoftAzure> {
        self.0.with_retry(retry).build()
    }

    fn login(objects: &MicrosoftAzure) -> BoxFuture<'_, object_store::Result<()>> {
        objects.credentials().get_credential().map(|found| found.map(drop)).boxed()
    }
}
