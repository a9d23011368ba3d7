package endpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

const maxBodyBytes = 1 << 20

// readBody reads a body of at most [maxBodyBytes], and leaves it to be read
// again.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil {
		return nil, unreadable(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// readParams reads the form of a request of the AWS Query protocol, from the body or
// from the query string. It names an action.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/programming.html
func readParams(r *http.Request) (params, error) {
	if r.URL.Path != "/" {
		return nil, account.NewError("UnknownOperationException", http.StatusNotFound,
			"The action or operation requested is invalid: the path must be /.")
	}
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		return nil, account.NewError("MethodNotAllowed", http.StatusMethodNotAllowed,
			"The method must be POST or GET.")
	}
	if err := r.ParseForm(); err != nil {
		return nil, account.NewError("MalformedQueryString", http.StatusNotFound,
			"The query string contains a syntax error: %s", err)
	}
	p := params(r.Form)
	if p.get("Action") == "" {
		return nil, account.NewError("MissingAction", http.StatusBadRequest,
			"The request is missing an action or operation parameter.")
	}
	return p, nil
}

func unreadable(err error) *account.Error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return account.NewError("RequestEntityTooLarge", http.StatusRequestEntityTooLarge,
			"The request body is larger than %d bytes.", tooLarge.Limit)
	}
	return account.NewError("RequestExpired", http.StatusBadRequest, "The request body could not be read: %s", err)
}

// params are the parameters of a request by their names.
type params map[string][]string

func (p params) get(name string) string { return url.Values(p).Get(name) }

func (p params) has(name string) bool { return url.Values(p).Has(name) }

// require is AWS's ValidationError for the required parameters that are
// missing, or nil.
func (p params) require(names []string) error {
	var failures []string
	for _, name := range names {
		if !p.has(name) && len(p.members(name)) == 0 {
			failures = append(failures, fmt.Sprintf(
				"Value null at '%s' failed to satisfy constraint: Member must not be null", strings.ToLower(name[:1])+name[1:]))
		}
	}
	return account.ValidationErrors(failures)
}

// integer is a number in decimal; false when it is not given.
func (p params) integer(name string) (int, bool, error) {
	text := p.get(name)
	if text == "" {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, false, malformedInput(name, text, "an integer")
	}
	return int(n), true, nil
}

// boolean is true or false, and false when it is not given.
func (p params) boolean(name string) (bool, error) {
	switch text := strings.ToLower(p.get(name)); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, malformedInput(name, text, "a boolean")
	}
}

// members is the names of a list's items, such as Tags.member.1, in order.
func (p params) members(list string) []string {
	prefix := list + ".member."
	indices := map[int]bool{}
	for name := range p {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, ".")
		if index, err := strconv.Atoi(number); err == nil && strconv.Itoa(index) == number {
			indices[index] = true
		}
	}
	var names []string
	for _, index := range slices.Sorted(maps.Keys(indices)) {
		names = append(names, prefix+strconv.Itoa(index))
	}
	return names
}

// list is a list of strings.
func (p params) list(name string) []string {
	var items []string
	for _, member := range p.members(name) {
		items = append(items, p.get(member))
	}
	return items
}

func (p params) tags() []account.Tag {
	var tags []account.Tag
	for _, member := range p.members("Tags") {
		tags = append(tags, account.Tag{Key: p.get(member + ".Key"), Value: p.get(member + ".Value")})
	}
	return tags
}

func malformedInput(name, value, want string) *account.Error {
	return account.NewError("MalformedInput", http.StatusBadRequest, "%s must be %s, not '%s'", name, want, value)
}
