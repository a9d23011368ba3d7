package account

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Limits of a role's MaxSessionDuration, in seconds.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
const (
	MinSessionDuration = int(policy.MinSessionDuration / time.Second)
	MaxSessionDuration = int(policy.MaxSessionDuration / time.Second)
)

// textRule is what IAM demands of one text parameter. The lengths are in
// characters; invalid is IAM's text for a value that does not match pattern,
// where it differs from the usual one.
type textRule struct {
	min, max int
	pattern  *regexp.Regexp
	shown    string
	invalid  string
}

const (
	nameInvalid = "The specified value for %s is invalid. " +
		"It must contain only alphanumeric characters and/or the following: +=,.@_-"
	pathInvalid = "The specified value for %s is invalid. " +
		"It must begin and end with / and contain only alphanumeric characters and/or / characters."
)

// The constraints of IAM's service model (https://docs.aws.amazon.com/IAM/latest/APIReference/).
var (
	namePattern = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]+$`)

	// A user name is at most 64 characters long when it is given to a user,
	// and may be longer where it only looks one up.
	newUserNameRule = nameRule(64)
	userNameRule    = nameRule(128)
	groupNameRule   = nameRule(128)
	roleNameRule    = nameRule(64)
	policyNameRule  = nameRule(128)

	pathRule = textRule{
		1, 512, regexp.MustCompile(`^(/|/[\x21-\x7E]+/)$`),
		`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`, pathInvalid,
	}
	policyPathRule = textRule{
		1, 512, regexp.MustCompile(`^(/[A-Za-z0-9.,+@=_-]+)*/$`),
		`((/[A-Za-z0-9\.,\+@=_-]+)*)/`, pathInvalid,
	}
	pathPrefixRule = textRule{
		1, 512, regexp.MustCompile(`^/[\x21-\x7F]*$`), `\u002F[\u0021-\u007F]*`, "",
	}
	roleDescriptionRule = textRule{
		0, 1000, regexp.MustCompile(`^[\t\n\r\x20-\x7E\x{A1}-\x{FF}]*$`),
		`[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`, "",
	}
	policyDescriptionRule = textRule{max: 1000}
	documentRule          = textRule{
		1, 131072, regexp.MustCompile(`^[\t\n\r\x20-\x{FF}]+$`),
		`[\u0009\u000A\u000D\u0020-\u00FF]+`, "",
	}
	arnRule         = textRule{min: 20, max: 2048}
	accessKeyIDRule = textRule{16, 128, regexp.MustCompile(`^[A-Za-z0-9_]+$`), `[\w]+`, ""}
	tagKeyRule      = textRule{
		1, 128, regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$`), `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`, "",
	}
	tagValueRule = textRule{
		0, 256, regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`), `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`, "",
	}
)

func nameRule(longest int) textRule {
	return textRule{1, longest, namePattern, `[\w+=,.@-]+`, nameInvalid}
}

// constraints collects what a request's parameters fail, so that one error
// reports them all, as AWS does.
type constraints struct {
	failures []string
	// invalid is the first value that IAM refuses with a text of its own.
	invalid string
}

// text holds value to rule; field is the parameter as AWS's error spells it,
// for example roleName.
func (c *constraints) text(field, value string, rule textRule) {
	length := utf8.RuneCountInString(value)
	switch {
	case length < rule.min:
		c.fail(field, value, fmt.Sprintf("have length greater than or equal to %d", rule.min))
	case length > rule.max:
		c.fail(field, value, fmt.Sprintf("have length less than or equal to %d", rule.max))
	case rule.pattern == nil || rule.pattern.MatchString(value):
	case rule.invalid == "":
		c.fail(field, value, "satisfy regular expression pattern: "+rule.shown)
	case c.invalid == "":
		c.invalid = fmt.Sprintf(rule.invalid, field)
	}
}

// optional is text for a parameter that may be left out.
func (c *constraints) optional(field, value string, rule textRule) {
	if value != "" {
		c.text(field, value, rule)
	}
}

// number holds n to the least and the most that it may be.
func (c *constraints) number(field string, n, least, most int) {
	switch {
	case n < least:
		c.fail(field, n, fmt.Sprintf("have value greater than or equal to %d", least))
	case n > most:
		c.fail(field, n, fmt.Sprintf("have value less than or equal to %d", most))
	}
}

// CheckNumber is AWS's ValidationError for a number out of its range, or nil.
func CheckNumber(field string, n, least, most int) error {
	var c constraints
	c.number(field, n, least, most)
	return c.err()
}

func (c *constraints) oneOf(field, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		c.fail(field, value, "satisfy enum value set: ["+strings.Join(allowed, ", ")+"]")
	}
}

func (c *constraints) fail(field string, value any, must string) {
	c.failures = append(c.failures,
		fmt.Sprintf("Value '%v' at '%s' failed to satisfy constraint: Member must %s", value, field, must))
}

// err is a ValidationError for everything that failed, or nil.
func (c *constraints) err() error {
	if len(c.failures) == 0 && c.invalid != "" {
		return validationError("%s", c.invalid)
	}
	return ValidationErrors(c.failures)
}

// ValidationErrors is AWS's ValidationError for the constraints that a request
// fails, or nil.
func ValidationErrors(failures []string) error {
	switch len(failures) {
	case 0:
		return nil
	case 1:
		return validationError("1 validation error detected: %s", failures[0])
	}
	return validationError("%d validation errors detected: %s", len(failures), strings.Join(failures, "; "))
}

// checkText is constraints for one parameter.
func checkText(field, value string, rule textRule) error {
	var c constraints
	c.text(field, value, rule)
	return c.err()
}
