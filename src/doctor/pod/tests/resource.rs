//! Resources that no token came for.

use super::{configured, found, texts};
use crate::doctor::{
    Diagnosis,
    pod::{resource, table::EXCHANGE},
};

#[test]
fn another_cloud_is_told_though_no_token_came() {
    let judged = |url: &str| {
        found(|chain| {
            chain.note(EXCHANGE.failed(Diagnosis::new("no")));
            resource::judge(chain, &configured(&[]), &url.parse().unwrap(), None);
        })
    };
    let shown =
        texts(vec![judged("https://shop.vault.azure.cn/secrets"), judged("https://shop.vault.azure.net/")]);
    insta::assert_snapshot!(shown, @r"
exchange
--------
✗ Entra issues a token
    no
    fix: do what is said after Fix; docs/troubleshooting.md has each number.
    see: docs/doctor.md#exchange

resource
--------
✗ the resource's name resolves as expected
    shop.vault.azure.cn is in another cloud than https://login.microsoftonline.com
    fix: use the name that the resource has in the cloud of https://login.microsoftonline.com, or set AZURE_AUTHORITY_HOST to https://login.partner.microsoftonline.cn.
    see: docs/doctor.md#probe-name

failed 2, warnings 0, passed 0, not checked 2

exchange
--------
✗ Entra issues a token
    no
    fix: do what is said after Fix; docs/troubleshooting.md has each number.
    see: docs/doctor.md#exchange

failed 1, warnings 0, passed 0, not checked 3
");
}
