//! What can be chosen for a pod, as arguments.

use clap::{Arg, ArgAction, ArgMatches, builder::NonEmptyStringValueParser};

use crate::{
    cli::args::option,
    operator::inject::{
        Options,
        options::CHOICES,
        settings::{SetBy, SettingFlag},
    },
};

/// The variable with the image that is taken unless an argument names one.
pub(super) const IMAGE: &str = "WISP_IMAGE";

/// The choices and the settings as arguments.
pub(super) fn choices() -> impl Iterator<Item = Arg> {
    let settings = SETTINGS.into_iter().map(|(flag, value, help)| {
        option(flag.name(), value, help)
            .action(ArgAction::Append)
            .value_parser(NonEmptyStringValueParser::new())
    });
    let choices = CHOICES.iter().map(|choice| {
        let default = if choice.default.is_empty() { "none" } else { choice.default };
        let help = format!("{} [value: {}] [default: {default}]", choice.help, choice.accepts);
        option(choice.name, choice.placeholder, help)
    });
    choices.chain(settings)
}

/// The flags that say settings of `wisp serve`.
pub(super) const SETTINGS: [(SettingFlag, &str, &str); 2] = [
    (SettingFlag::Set, "NAME=VALUE", "A setting of `wisp serve`, by its variable or its key; repeatable"),
    (
        SettingFlag::File,
        "NAME=OBJECT",
        "A setting that names a file, and the key of a ConfigMap or Secret that is the file, such as \
         WISP_CA_FILE=configmap/NAME/KEY; repeatable",
    ),
];

/// Sets in `options` what the arguments choose. The answer is what is wrong with them.
pub(super) fn chosen(matches: &ArgMatches, options: &mut Options) -> Vec<String> {
    let mut errors = Vec::new();
    for choice in CHOICES {
        // Some commands leave some of them out.
        if let Some(value) = matches.try_get_one::<String>(choice.name).ok().flatten()
            && let Err(error) = options.set(choice.name, value)
        {
            errors.push(format!("`--{}` {error}", choice.name));
        }
    }
    for (flag, form, _) in SETTINGS {
        for text in matches
            .get_many::<String>(flag.name())
            .into_iter()
            .flatten()
        {
            let result = match text.split_once('=') {
                Some((name, value)) => {
                    options
                        .settings
                        .set(flag, name, value, SetBy::Flag(flag, name.to_owned()))
                }
                None => Err(format!("`--{}` cannot be `{text}`: expected {form}", flag.name())),
            };
            errors.extend(result.err());
        }
    }
    errors
}

/// Sets in `options` the `image` of the environment, unless there is an argument for it. The answer is that image, or what is
/// wrong with it.
pub(super) fn image_of<'a>(
    matches: &ArgMatches,
    image: Option<&'a str>,
    options: &mut Options,
) -> Result<Option<&'a str>, String> {
    let given = matches.get_one::<String>("image");
    let Some(image) = image.filter(|image| given.is_none() && !image.is_empty()) else { return Ok(None) };
    let set = options.set("image", image);
    set.map(|()| Some(image))
        .map_err(|error| format!("{IMAGE} {error}"))
}
