"""The scripts that shells load, one per shell; what they ask is answered by completion.py."""

from __future__ import annotations

_BASH = r"""
# bash completion for simple-memory. Load it with:  source <(simple-memory completion bash)
# or keep it:  simple-memory completion bash > ~/.local/share/bash-completion/completions/simple-memory
_simple_memory() {
    local value rest
    COMPREPLY=()
    while IFS=$'\t' read -r value rest; do
        [[ $value == *: ]] && compopt -o nospace
        [[ ${COMP_WORDS[COMP_CWORD]} == [\"\']* ]] || printf -v value %q "$value"
        COMPREPLY+=("$value")
    done < <("${COMP_WORDS[0]/#\~/$HOME}" completion --words bash "${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
}
complete -o default -F _simple_memory simple-memory
"""

_ZSH = r"""
#compdef simple-memory
# zsh completion for simple-memory. Load it with:  source <(simple-memory completion zsh)
# or keep it:  simple-memory completion zsh > a folder of $fpath/_simple-memory
_simple_memory() {
    local line value
    local -a spaced spaced_shown open open_shown
    for line in "${(@f)$("${(Q)words[1]/#\~/$HOME}" completion --words zsh "${(@Q)words[1,CURRENT]}" 2>/dev/null)}"; do
        value="${line%%$'\t'*}"
        [[ -n $value ]] || continue
        if [[ $value == *: ]]; then
            open+=("$value") open_shown+=("${line/$'\t'/  }")
        else
            spaced+=("$value") spaced_shown+=("${line/$'\t'/  }")
        fi
    done
    if (( ${#spaced} + ${#open} )); then
        compadd -S '' -l -d open_shown -a open
        compadd -l -d spaced_shown -a spaced
    else
        _files
    fi
}
if [[ $funcstack[1] == _simple?memory ]]; then
    _simple_memory "$@"
else
    compdef _simple_memory simple-memory
fi
"""

_FISH = r"""
# fish completion for simple-memory. Load it with:  simple-memory completion fish | source
# or keep it:  simple-memory completion fish > ~/.config/fish/completions/simple-memory.fish
function __simple_memory_offers
    set -l before (commandline -opc)
    $before[1] completion --words fish $before (commandline -ct | string collect --allow-empty) 2>/dev/null
end
complete -c simple-memory -e
complete -c simple-memory -f -a '(__simple_memory_offers)'
complete -c simple-memory -n 'test -z (__simple_memory_offers | string collect --allow-empty)' -F
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""What is to be loaded, by shell."""
