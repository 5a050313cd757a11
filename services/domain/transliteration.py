"""Latin spellings of letters that Unicode does not decompose to ASCII by itself."""

from __future__ import annotations

from types import MappingProxyType

_LATIN = "ß:ss æ:ae œ:oe ø:o đ:d ð:d þ:th ł:l ħ:h ı:i ŋ:ng ĸ:k ŧ:t ſ:s"
_GREEK = (
    "α:a β:v γ:g δ:d ε:e ζ:z η:i θ:th ι:i κ:k λ:l μ:m ν:n ξ:x ο:o π:p ρ:r σ:s ς:s τ:t υ:y φ:f χ:ch ψ:ps ω:o "
    "ά:a έ:e ή:i ί:i ϊ:i ΐ:i ό:o ύ:y ϋ:y ΰ:y ώ:o"
)
_CYRILLIC = (
    "а:a б:b в:v г:g д:d е:e ё:yo ж:zh з:z и:i й:y к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh ц:ts "
    "ч:ch ш:sh щ:shch ъ: ы:y ь: э:e ю:yu я:ya є:ye і:i ї:yi ґ:g ў:u ј:j љ:lj њ:nj ћ:c ђ:dj џ:dz"
)


def _table(*scripts: str) -> dict[str, str]:
    pairs = (pair.split(":") for script in scripts for pair in script.split(" "))
    return {pair[0]: pair[1] for pair in pairs}


LATIN_OF = MappingProxyType(_table(_LATIN, _GREEK, _CYRILLIC))
"""Lower-case letter → its ASCII spelling."""
