//! The clouds of Azure: the audience that Entra takes of federated credentials there, and where tokens are asked for.

/// A cloud.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cloud {
    /// Its name, as `az cloud list` has it.
    pub name: &'static str,
    /// `aud` of tokens that Entra exchanges there.
    pub audience: &'static str,
    /// Where tokens are asked for.
    pub authority: &'static str,
}

/// All of them, the public one first.
pub(crate) const CLOUDS: [Cloud; 3] = [
    Cloud {
        name: "AzureCloud",
        audience: "api://AzureADTokenExchange",
        authority: "https://login.microsoftonline.com/",
    },
    Cloud {
        name: "AzureUSGovernment",
        audience: "api://AzureADTokenExchangeUSGov",
        authority: "https://login.microsoftonline.us/",
    },
    Cloud {
        name: "AzureChinaCloud",
        audience: "api://AzureADTokenExchangeChina",
        authority: "https://login.partner.microsoftonline.cn/",
    },
];

impl Default for Cloud {
    fn default() -> Self {
        CLOUDS[0]
    }
}

impl Cloud {
    /// The cloud that `text` names, by its name or by its audience. The error is what is expected.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let found = CLOUDS
            .into_iter()
            .find(|cloud| cloud.audience == text || cloud.name.eq_ignore_ascii_case(text));
        found.ok_or_else(|| {
            let known = CLOUDS.map(|cloud| format!("{} ({})", cloud.audience, cloud.name));
            format!("cannot be `{}`: expected one of {}", text.escape_debug(), known.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CLOUDS, Cloud};
    use crate::observe::page::page_has;

    #[test]
    fn clouds_are_known_by_name_and_by_audience() {
        for cloud in CLOUDS {
            assert_eq!(Cloud::parse(cloud.name), Ok(cloud));
            assert_eq!(Cloud::parse(&cloud.name.to_lowercase()), Ok(cloud));
            assert_eq!(Cloud::parse(cloud.audience), Ok(cloud));
        }
        insta::assert_snapshot!(Cloud::parse("api://AzureADTokenExchangeusgov").unwrap_err(), @"cannot be `api://AzureADTokenExchangeusgov`: expected one of api://AzureADTokenExchange (AzureCloud), api://AzureADTokenExchangeUSGov (AzureUSGovernment), api://AzureADTokenExchangeChina (AzureChinaCloud)");
    }

    #[test]
    fn the_page_has_this_table() {
        let rows = CLOUDS.map(|Cloud { name, audience, authority }| {
            format!("| `{name}` | `{audience}` | `{authority}` |\n")
        });
        let table = format!("| Cloud | Audience | Authority |\n|---|---|---|\n{}", rows.concat());
        page_has("docs/identity.md", "clouds", &table);
    }
}
