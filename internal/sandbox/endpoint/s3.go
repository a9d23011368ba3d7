package endpoint

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// The one request to another service than IAM and STS that the endpoint answers
// is the first that people make: aws s3 ls, in an account that has no buckets.

// otherService is the service of a request that is for neither IAM nor STS, by
// the signature's scope, or empty.
func otherService(r *http.Request) string {
	s, _ := parseSignature(r) // without a scope it is IAM's or STS's to refuse
	if s.service == "iam" || s.service == "sts" {
		return ""
	}
	return s.service
}

// answerOther answers ListBuckets, and refuses everything else.
func (h *handler) answerOther(r *http.Request, body []byte, service string) rendered {
	if service != "s3" || r.Method != http.MethodGet || r.URL.Path != "/" {
		return notEmulated(r, service)
	}
	caller, s, err := h.authenticate(r, body, service)
	if err == nil {
		_, err = h.account.Authorize(caller, account.Request{
			Action: "s3:ListAllMyBuckets", Resource: "*", Context: requestContext(r, s),
		})
	}
	if err != nil {
		return s3Failure(awsError(err))
	}
	return rendered{http.StatusOK, xmlHeader(), []byte("<ListAllMyBucketsResult><Owner><ID>sandbox</ID></Owner>" +
		"<Buckets></Buckets></ListAllMyBucketsResult>")}
}

// notEmulated is in the protocol of the request, as far as clients need it to
// show the message.
//
// https://smithy.io/2.0/aws/protocols/index.html
func notEmulated(r *http.Request, service string) rendered {
	e := account.NewError("NotImplemented", http.StatusNotImplemented, "The sandbox has IAM, STS and the list of S3's "+
		"buckets, and does not emulate this request to %s: nothing was decided.", service)
	switch {
	case service == "s3":
		return s3Failure(e)
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		return rendered{e.Status, xmlHeader(), answer{}.renderError(e, "")}
	}
	header := map[string]string{"Content-Type": "application/json", "X-Amzn-Errortype": e.Code}
	text, _ := json.Marshal(map[string]string{"__type": e.Code, "message": e.Message}) // strings always encode
	return rendered{e.Status, header, text}
}

// s3Failure names some errors in another way than IAM does.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func s3Failure(e *account.Error) rendered {
	switch e.Code {
	case "InvalidClientTokenId":
		e = account.NewError("InvalidAccessKeyId", http.StatusForbidden,
			"The AWS Access Key Id you provided does not exist in our records.")
	case "ExpiredToken":
		e = account.NewError(e.Code, http.StatusBadRequest, "The provided token has expired.")
	}
	var message strings.Builder
	_ = xml.EscapeText(&message, []byte(e.Message)) // a Builder does not fail
	return rendered{e.Status, xmlHeader(), fmt.Appendf(nil, "<Error><Code>%s</Code><Message>%s</Message></Error>\n",
		e.Code, message.String())}
}

func xmlHeader() map[string]string { return map[string]string{"Content-Type": "text/xml"} }
