package policy

import (
	"regexp"
	"sync"
)

// regularExpression is compiled when it is first asked for: an SDK starts awsmfa for
// each refresh of credentials, which asks for few of them.
func regularExpression(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
