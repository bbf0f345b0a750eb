# Whose right this runs with should not matter: a fixed search path, nothing of the caller's environment, the root folder.
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin LANG=C.UTF-8 LC_ALL=C
export PATH LANG LC_ALL
set -f
cd /
newline='
'

# v WORD: r = what is left of it to compare. What varies holds no line break.
v() {
  case $1 in *"$newline"*) return 1 ;; esac
  r=$1
}
# p TEXT, e TEXT: it begins, it ends with this; z: nothing is left of it
p() { case $r in "$1"*) r=${r#"$1"} ;; *) return 1 ;; esac }
e() { case $r in *"$1") r=${r%"$1"} ;; *) return 1 ;; esac }
z() { [ -z "$r" ]; }
# took TEXT: not nothing, and it is taken off the front
took() { [ -n "$1" ] && r=${r#"$1"}; }
digits() { x=${r%%[!0-9]*} && [ ${#x} -le 20 ] && took "$x"; }
list() { x=${r%%[!0-9"|"]*} && took "$x"; }
name() { took "${r%%[!A-Za-z0-9_-]*}"; }
word() { case $r in -*) return 1 ;; esac && took "${r%%[!A-Za-z0-9_.:@%+=,~-]*}"; }
plain() { case $r in -*) return 1 ;; esac && took "${r%%[!A-Za-z0-9_.:@%+=,~/-]*}"; }
address() { took "${r%%[!][0-9A-Fa-f.:]*}"; }
text() { case $r in '' | -*) return 1 ;; esac && r=; }
path() { case $r in /*) ;; *) return 1 ;; esac && below; }
below() { [ -n "$r" ] || return 1; case /$r/ in */../*) return 1 ;; esac && r=; }
