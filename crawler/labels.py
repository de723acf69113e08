"""Class names and ids come in, what they tell of an element goes out: away from the article, a caption, a
byline.

A site names the boxes of all its pages alike, and sites name theirs alike: what a name tells is kept.
"""

import re

from crawler.needles import Sieve, needles

AWAY, CAPTION, SURE, BYLINE = 1, 2, 4, 8
"""What a name can tell, as bits: a box around the article, a caption perhaps, a caption for sure (no byline
inside one is the text's), a byline."""

MAX_NAME = 400  # characters of one attribute that are looked at
MAX_KEPT = 50_000  # names; the pages of one host have some hundreds

# Of names in lower case: asked so, a pattern costs a third of what it does without case.
_AWAY = re.compile(
    r"(?:^|[\s_-])(?:related|recirc\w*|recommend\w*|comments?|disqus|newsletter|promo\w*|sidebar|teasers?|share\w*"
    r"|social\w*|breadcrumbs?|menu|nav|navigation|navbar|footer|outbrain|taboola|most|popular|trending|mostread"
    r"|more-from|read-?more|see-?also|also|widgets?|cookie\w*|consent|advert\w*|ads?|banner|subscribe|paywall"
    r"|carousel|slider|ticker|masthead|toolbar|latest|headlines|tags|topics|hidden|prev|next|rail|keywords|partners"
    r"|sponsors|etiquetas|temas|schlagw\w{1,12}|stichw\w{1,12}|mots-?cles|argomenti|etiketler|emneord|emner"
    r"|tagy|stitky|cimkek|hashtags?)(?=$|[\s_\d-])",
)
_CAPTION = re.compile(
    r"caption|photo-?credit|image-?credit|img-?credit|picture-?credit|media-?credit|copyright-?(?:image|photo)"
    r"|(?:^|[\s_-])(?:photo|image|picture|bild|foto|gallery|thumb\w*|slideshow|lightbox|figure|media|credit"
    r"|bildunterschrift|bildnachweis|fotocredit|imgcopy)(?=$|[\s_-])",
)
_SURE_CAPTION = re.compile(
    r"caption|hmedia|(?:photo|image|img|picture|media|foto|bild)-?_?(?:credit|copyright|author|source|byline|nachweis|attribution|provider)",
)
_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:by-?lines?|contributors?|authors?|author-?\w{1,12}|autor\w{0,3}|writers?|verfasser|auteurs?|signature|firma"
    r"|art-?author|article-?(?:author|source|meta|byline)|source|sources|fuente|quelle|kilde|zdroj|zrodlo|fonte"
    r"|sursa|reporter|redaktion|agency|agencia|kurzel|journalist|agence|agenzia|agentur\w{0,2}|attribution"
    r"|datelines?|provider|wire-?service|kaynak|muhabir|yazar|assinatura|autoria|firmante|signataire|podpis"
    r"|szerzo|forras|skribent|forfatter|kildeangivelse|toimittaja|kirjoittaja|redaktor|redactor|giornalista"
    r"|periodista|jornalista|auteure|schrijver|bron|avtor|istochnik|dzherelo|syntaktis|pigi|laiyuan|jizhe)(?=$|[\s_-])",
)
_TOLD = ((AWAY, _AWAY), (CAPTION, _CAPTION), (SURE, _SURE_CAPTION), (BYLINE, _BYLINE))
_LIKELY = Sieve([needles(pattern.pattern) for _, pattern in _TOLD])
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # "articleByline"
_OWN_FOOTER = re.compile(
    r"(?:article|story|post|entry|content|text|body|news|artikel|beitrag|nota)[_-]{0,2}footer"
)  # the article's end rather than the page's


class _Labels(dict[str, int]):
    """Names to what they tell, each worked out when it is first met."""

    def __missing__(self, name: str) -> int:
        if len(self) >= MAX_KEPT:
            self.clear()
        told = self[name] = _told(name[:MAX_NAME])
        return told


LABELS = _Labels()
"""What a class attribute or an id tells, as bits.

>>> LABELS["related-articles"] == AWAY, LABELS["articleByline"] == BYLINE, LABELS["story-footer"]
(True, True, 0)
"""


def _told(name: str) -> int:
    plain = name.lower()
    if plain != name:
        plain = _CAMEL.sub("-", name).lower()
    likely = _LIKELY.candidates(plain)
    if not likely:
        return 0
    if "footer" in plain:
        plain = _OWN_FOOTER.sub(" ", plain)
    return sum(_TOLD[n][0] for n in likely if _TOLD[n][1].search(plain))


def is_own_footer(name: str) -> bool:
    """Whether a class is that of the article's end rather than of the page's."""
    return _OWN_FOOTER.search(name) is not None
