//! What can be typed after `jira-feeds credential`.

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;

#[derive(Debug, Subcommand)]
pub(crate) enum CredentialCommand {
    /// Test a login and save it; asks for what no flag gives
    ///
    /// The token is never an argument: it is typed unseen, or read with --token-stdin or --from-env.
    /// API tokens are made at <https://id.atlassian.com/manage-profile/security/api-tokens>
    Add(AddArguments),
    /// List the saved credentials and those of the config; never a token
    List,
    /// Show what is known of a credential, but for its token
    Show {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Log in with a credential; exit code 3 if Jira refuses it
    Test {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Give a saved credential a new token, once that is seen to work
    Rotate(RotateArguments),
    /// Remove a saved credential and its token
    Remove {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// What to call it: letters, digits, - and _
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The site, as in `https://acme.atlassian.net`
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The e-mail address of the token's owner
    #[arg(long, value_name = "EMAIL")]
    pub(crate) username: Option<String>,
    /// Whose it is and what for
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// The token has scopes, as those of service accounts do
    #[arg(long)]
    pub(crate) scoped: bool,
    /// The site's cloud id, for a token with scopes; without it the site is asked
    #[arg(long, value_name = "ID")]
    pub(crate) cloud_id: Option<String>,
    /// The gateway for tokens with scopes, instead of `https://api.atlassian.com`
    #[arg(long, value_name = "URL")]
    pub(crate) gateway: Option<String>,
    #[command(flatten)]
    pub(crate) token: TokenArguments,
    /// Where to keep the token; without it in a keyring that answers, or else in a file
    #[arg(long, value_enum, value_name = "PLACE")]
    pub(crate) keep_in: Option<KeepIn>,
    /// Save it without logging in
    #[arg(long)]
    pub(crate) no_test: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RotateArguments {
    /// Its name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) token: TokenArguments,
}

/// Where a new token comes from, and when it ends.
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// Read the token from standard input
    #[arg(long)]
    pub(crate) token_stdin: bool,
    /// Read the token from an environment variable, once; it is saved
    #[arg(long, value_name = "VARIABLE", conflicts_with = "token_stdin")]
    pub(crate) from_env: Option<String>,
    /// When the token ends, as Atlassian's page says; runs remind of it from two weeks before on
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) expires: Option<Date>,
}

/// Where a token is kept.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum KeepIn {
    /// A file that only you can read
    File,
    /// The operating system's keyring
    Keyring,
}
