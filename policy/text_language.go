package policy

import "strings"

// textLanguage is the texts that a request can have in one place, read by a
// machine whose states are numbers from 0, and negative once it has failed.
type textLanguage interface {
	step(state int, r rune) int
	accepts(state int) bool
	// marks tells what else the evaluator sees in a text.
	marks(state int) bool
	// kinds are the characters that the language does not tell apart, in the
	// order of preference, kind by kind.
	kinds(state int) []string
}

const (
	digits     = "9876543210"
	lowerCase  = "xabcdefghijklmnopqrstuvwyz"
	characters = lowerCase + "XABCDEFGHIJKLMNOPQRSTUVWYZ" + digits + "-_.=@+,éäöü"
)

// actionNames are service:Name in lower case.
type actionNames struct{}

const (
	inService = 1 + iota
	afterService
	inName
)

func (actionNames) step(state int, r rune) int {
	inside := strings.ContainsRune(lowerCase+digits+"-", r)
	switch {
	case r == ':' && state == inService:
		return afterService
	case inside && state <= inService:
		return inService
	case state >= afterService && (inside || r == '_'):
		return inName
	}
	return -1
}

func (actionNames) accepts(state int) bool { return state == inName }
func (actionNames) marks(int) bool         { return false }
func (actionNames) kinds(int) []string     { return []string{":", lowerCase + digits + "-", "_"} }

// resourceNames are ARNs of a partition, and * for an action that has no resource.
// The mark is an account in the ARN, which [accountOf] sees.
type resourceNames struct{ partition string }

// The states: how much of "arn:PARTITION:" is read, then a hundred for each
// segment, in which the digits of an account and whether there is text are counted.
const (
	segmentStates = 100
	noAccount     = 50
	starAlone     = 900
	accountDigits = 12
)

func (l resourceNames) prefix() string { return "arn:" + l.partition + ":" }

func (l resourceNames) step(state int, r rune) int {
	const service, account = 2, 4
	segment, within := state/segmentStates, state%segmentStates
	switch {
	case segment == 0 || state == starAlone:
		return l.begin(state, r)
	case segment == arnSegments-1:
		return state/10*10 + 1
	case segment == account:
		return l.inAccount(within, r)
	case r == ':' && segment == service && within == 0:
		return -1
	case r == ':':
		return (segment + 1) * segmentStates
	}
	return segment*segmentStates + 1
}

// inAccount counts digits in the fifth segment.
func (resourceNames) inAccount(within int, r rune) int {
	const account = 4 * segmentStates
	switch {
	case r == ':' && within == accountDigits:
		return account + segmentStates + 10
	case r == ':':
		return account + segmentStates
	case isDigits(string(r)) && within < accountDigits:
		return account + within + 1
	}
	return account + noAccount
}

// begin reads a lone star, or what every ARN of the partition begins with.
func (l resourceNames) begin(state int, r rune) int {
	prefix := l.prefix()
	switch {
	case state == 0 && r == '*':
		return starAlone
	case state == starAlone || r != rune(prefix[state]):
		return -1
	case state+1 == len(prefix):
		return 2 * segmentStates
	}
	return state + 1
}

func (resourceNames) accepts(state int) bool {
	return state == starAlone || state/segmentStates == arnSegments-1 && state%10 == 1
}

func (resourceNames) marks(state int) bool {
	return state/segmentStates == arnSegments-1 && state%segmentStates/10 == 1
}

func (l resourceNames) kinds(state int) []string {
	if state < len(l.prefix()) {
		return []string{l.prefix()[state : state+1], "*"}
	}
	return []string{characters[:len(lowerCase)] + "-_.=@+,éäöü", digits, ":"}
}

// identityNames are ARNs of users or roles: the prefix, a path, a name.
type identityNames struct{ prefix string }

func (l identityNames) step(state int, r rune) int {
	begin := len(l.prefix)
	switch {
	case state < begin:
		if r != rune(l.prefix[state]) {
			return -1
		}
		return state + 1
	case r == '/' && state > begin:
		return begin
	case state <= begin+1 && (isAlphanumeric(r) || strings.ContainsRune("_+=,.@-", r)):
		return begin + 1
	case r > ' ' && r <= '~' && !strings.ContainsRune("*?$/", r):
		return begin + 2
	}
	return -1
}

func (l identityNames) accepts(state int) bool { return state == len(l.prefix)+1 }
func (identityNames) marks(int) bool           { return false }

func (l identityNames) kinds(state int) []string {
	if state < len(l.prefix) {
		return []string{l.prefix[state : state+1]}
	}
	return []string{strings.TrimSuffix(characters, "éäöü"), "/", "!#%&()"}
}

// anyText is any text but the empty one.
type anyText struct{}

func (anyText) step(int, rune) int     { return 1 }
func (anyText) accepts(state int) bool { return state == 1 }
func (anyText) marks(int) bool         { return false }
func (anyText) kinds(int) []string     { return []string{characters + ":/ "} }
