//! The vocabulary texts are drawn from, including the scripts that break careless readers.

use super::random::Dice;

const VERBS: &[&str] = &[
    "Fix",
    "Add",
    "Remove",
    "Rework",
    "Measure",
    "Document",
    "Speed up",
    "Simplify",
    "Retry",
    "Validate",
    "Migrate",
    "Restore",
    "Translate",
    "Guard",
    "Split",
    "Merge",
    "Cache",
    "Audit",
];
const THINGS: &[&str] = &[
    "the import",
    "the login page",
    "payment retries",
    "the search index",
    "nightly backups",
    "the mobile layout",
    "invoice totals",
    "rate limits",
    "the audit trail",
    "login handling",
    "the export of reports",
    "webhook delivery",
    "the permission check",
    "cold start",
    "the onboarding mail",
    "time zones",
    "the currency table",
    "empty states",
];
const PLACES: &[&str] = &[
    "on slow networks",
    "for new customers",
    "after a restart",
    "in the staging site",
    "when two people edit",
    "for large accounts",
    "behind a proxy",
    "at the end of the month",
    "without JavaScript",
    "in dark mode",
    "for guests",
    "with many attachments",
];
const WORDS: &[&str] = &[
    "the", "service", "keeps", "a", "list", "of", "open", "orders", "and", "writes", "them", "to",
    "disk", "before", "it", "answers", "so", "that", "no", "change", "is", "lost", "even", "when",
    "power", "fails", "during", "save", "we", "saw", "this", "twice", "last", "week", "on", "both",
    "nodes", "please", "check", "again", "after", "update", "because", "cache", "was", "cold",
];
/// Texts in other scripts, right to left, combined, beyond the basic plane, or looking like markup.
const FOREIGN: &[&str] = &[
    "서버가 응답하지 않습니다",
    "数据导出失败",
    "データの移行を確認する",
    "تم إصلاح الخطأ في الصفحة",
    "שגיאה בטעינת הדף",
    "Ошибка при сохранении",
    "Größe überschreitet das Maß",
    "Ça marche déjà",
    "cafe\u{301} au lait",
    "👩‍👩‍👧‍👦 family plan",
    "🚀 launch",
    "a\u{200b}zero width",
    "\u{202e}reversed",
    "line\u{2028}separator",
    "<b>not markup</b> & \"quotes\"",
    "tab\tand\nnewline",
    "=1+1",
    "C:\\temp\\new",
    "null",
    "𝒻𝒶𝓃𝒸𝓎",
    "İstanbul",
];

/// A line such as an issue's summary.
pub(crate) fn summary(dice: &mut Dice) -> String {
    let line = format!("{} {} {}", dice.pick(VERBS), dice.pick(THINGS), dice.pick(PLACES));
    if dice.chance(80) {
        return format!("{line} - {}", dice.pick(FOREIGN));
    }
    line
}

/// Two capitalised words, for names of versions, filters and the like.
pub(crate) fn title(dice: &mut Dice) -> String {
    let thing = dice.pick(THINGS).trim_start_matches("the ");
    format!("{} {thing}", dice.pick(VERBS))
}

/// A sentence of four to sixteen words.
pub(crate) fn sentence(dice: &mut Dice) -> String {
    if dice.chance(60) {
        return (*dice.pick(FOREIGN)).to_owned();
    }
    let count = 4 + dice.index(13);
    let mut text = String::with_capacity(count * 6);
    for n in 0..count {
        let word = *dice.pick(WORDS);
        if n == 0 {
            text.push_str(&word[..1].to_uppercase());
            text.push_str(&word[1..]);
        } else {
            text.push(' ');
            text.push_str(word);
        }
    }
    text.push('.');
    text
}

/// One word.
pub(crate) fn word(dice: &mut Dice) -> &'static str {
    dice.pick::<&'static str>(WORDS)
}

/// A text in another script.
pub(crate) fn foreign(dice: &mut Dice) -> &'static str {
    dice.pick::<&'static str>(FOREIGN)
}

/// A text of at least `length` bytes.
pub(crate) fn long_text(dice: &mut Dice, length: usize) -> String {
    let mut text = String::with_capacity(length + 100);
    while text.len() < length {
        text.push_str(&sentence(dice));
        text.push(' ');
    }
    text
}
