//! What every client must do before it is used.

use super::client::{Client, find_login};
use crate::lake::{Lake, StoreOptions};
use futures::future::BoxFuture;
use object_store::memory::InMemory;
use url::Url;

/// A service whose login never comes: what a machine without a metadata service can look like.
struct Silent;

impl Client for Silent {
    type Objects = InMemory;

    const LOGIN_REMEDY: &'static str = "set the keys";

    fn of_environment(_: &Url) -> Self {
        Self
    }

    fn set(self, _: &str, _: &str) -> (Self, bool) {
        (self, true)
    }

    fn is_anonymous(&self) -> bool {
        false
    }

    fn build(self, _: object_store::RetryConfig) -> object_store::Result<InMemory> {
        Ok(InMemory::new())
    }

    fn login(_: &InMemory) -> BoxFuture<'_, object_store::Result<()>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_never_comes_is_not_waited_for() {
    let error =
        find_login::<Silent>("s3://bucket", &InMemory::new()).await.unwrap_err().to_string();
    assert!(error.contains("did not answer within 10 s; set the keys"), "{error}");
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_refused_without_showing_it() {
    let options = |given: &[(&str, &str)]| {
        let mut options = StoreOptions::default();
        for (name, value) in given {
            options.set(*name, *value);
        }
        options
    };
    for (url, given) in [
        ("gs://bucket", &[("service_account_key", "{\"private_key\": [\"s3cret\"]}")][..]),
        ("gs://bucket", &[("service_account_key", "\"s3cret\"")]),
        ("az://lake", &[("account_name", "acme"), ("account_key", "s3cret!")]),
        ("az://lake", &[("account_name", "acme"), ("sas_token", "s3cret")]),
        ("s3://bucket", &[("secret_access_key", "s3cret"), ("s3_express", "s3cret")]),
    ] {
        let options = options(given);
        let error = Lake::open_with(url, &options).await.unwrap_err();
        let told = format!("{error} {error:?} {options:?}");
        assert!(told.contains("cannot be set up") && !told.contains("s3cret"), "{told}");
    }
}
