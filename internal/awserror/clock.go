package awserror

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func skewed(err error, behind time.Duration) string {
	way := "behind"
	if behind < 0 {
		way = "ahead of"
	}
	return fmt.Sprintf("the clock of this computer is %s %s that of AWS, which refuses its signatures: set the clock, "+
		"best from a time server (%s)", behind.Abs(), way, Code(err))
}

// signedAt finds, in what AWS says of a signature whose time is wrong, that time and
// AWS's own.
const signedAt = `^Signature (?:expired|not yet current): (\d{8}T\d{6}Z) is .*\((\d{8}T\d{6}Z) [-+]`

// tolerance is how wrong a clock may be.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
const tolerance = 5 * time.Minute

// ClockSkew is by how much the clock of this computer is behind that of AWS, where
// that is why AWS refuses a signature; else it is zero.
func ClockSkew(err error) time.Duration {
	switch Code(err) {
	case "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed", "InvalidSignatureException":
	default:
		return 0
	}
	ours, theirs := time.Now(), time.Now()
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && response.Response != nil {
		if there, err := http.ParseTime(response.Response.Header.Get("Date")); err == nil {
			theirs = there
		}
	}
	const layout = "20060102T150405Z"
	api, _ := errors.AsType[smithy.APIError](err)
	said := strings.TrimSpace(api.ErrorMessage())
	if found := regexp.MustCompile(signedAt).FindStringSubmatch(said); found != nil {
		ours, _ = time.Parse(layout, found[1]) // as the pattern has it
		theirs, _ = time.Parse(layout, found[2])
	}
	behind := theirs.Sub(ours).Round(time.Minute)
	if behind.Abs() < tolerance {
		return 0
	}
	return behind
}
