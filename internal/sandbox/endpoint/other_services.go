package endpoint

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// The endpoint has nothing of services other than IAM and STS: it authorises
// their requests, and answers those that read as an account would in which
// there is nothing.

// serviceForm is how requests to a service are read and answered.
type serviceForm struct {
	// prefix is the service's in IAM actions.
	prefix   string
	protocol *protocol
}

// serviceForms is by signing name, for the services whose form does not follow
// from the request, or whose actions have another prefix.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func serviceForms() map[string]serviceForm {
	return map[string]serviceForm{
		"ec2":    {"ec2", &ec2Protocol},
		"s3":     {"s3", &s3Protocol},
		"lambda": {"lambda", &restJSONProtocol},

		"monitoring":        {prefix: "cloudwatch"},
		"email":             {prefix: "ses"},
		"tagging":           {prefix: "tag"},
		"elasticfilesystem": {prefix: "elasticfilesystem", protocol: &restJSONProtocol},
		"apigateway":        {prefix: "apigateway", protocol: &restJSONProtocol},
		"eks":               {prefix: "eks", protocol: &restJSONProtocol},
		"route53":           {prefix: "route53", protocol: &s3Protocol},
		"cloudfront":        {prefix: "cloudfront", protocol: &s3Protocol},
		"es":                {prefix: "es", protocol: &restJSONProtocol},
	}
}

// otherCall is what a request to another service asks for.
type otherCall struct {
	operation string // as the service's API names it
	action    string // as IAM names it, with prefix
	resource  string
	version   string
	// missing says that the operation reads one thing, which does not exist.
	missing *account.Error
}

// otherService tells the requests to services other than IAM and STS: by the
// signature's scope, unless what is sent is plainly for IAM or STS.
func (h *handler) otherService(r *http.Request) (signature, bool) {
	s, err := parseSignature(r)
	if err != nil && s.service == "" || s.service == "iam" || s.service == "sts" {
		return s, false
	}
	if r.URL.Path != "/" {
		return s, true
	}
	_, ours := h.services[formOf(r).Get("Version")]
	return s, !ours
}

// formOf is the form of r without regard to errors; the body is left to be read
// again.
func formOf(r *http.Request) url.Values {
	form := r.URL.Query()
	if r.Method == http.MethodPost && r.Body != nil {
		body, err := io.ReadAll(r.Body) // bounded by readBody
		r.Body = io.NopCloser(bytes.NewReader(body))
		copied := &http.Request{
			Method: r.Method, URL: r.URL, Header: r.Header, Body: io.NopCloser(bytes.NewReader(body)),
		}
		if err == nil && copied.ParseForm() == nil {
			form = copied.Form
		}
	}
	return form
}

// answerOther authorises a request and fills in the answer.
func (h *handler) answerOther(r *http.Request, body []byte, s signature, a *answer) {
	form := serviceForms()[s.service]
	form.prefix = orElse(form.prefix, s.service)
	if form.protocol == nil {
		form.protocol = protocolOf(r)
	}
	a.protocol, a.region = form.protocol, s.region
	a.head, a.contentType = r.Method == http.MethodHead, r.Header.Get("Content-Type")
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
		a.err = malformedQuery(err)
		return
	}
	caller, s, err := h.authenticate(r, body, s.service)
	if err != nil {
		a.err = err
		return
	}
	wanted, known := form.read(r, s.region, h.account)
	if !known {
		a.err = &account.Error{
			Code: "NotImplemented", Status: http.StatusNotImplemented, Message: fmt.Sprintf(
				"The sandbox does not emulate this request to %s, and cannot tell which action it is: nothing was decided.",
				s.service),
		}
		return
	}
	a.action, a.namespace = wanted.operation, "http://"+s.service+".amazonaws.com/doc/"+wanted.version+"/"
	a.emptyList = emptyLists()[wanted.action]
	a.err = h.decideOther(caller, wanted, requestContext(r, s))
}

// decideOther is nil for what is allowed and reads.
func (h *handler) decideOther(caller account.Caller, wanted otherCall, context map[string]string) error {
	decision, err := h.account.Authorize(caller, account.Request{
		Action: wanted.action, Resource: wanted.resource, Context: context,
	})
	switch {
	case err != nil:
		return err
	case wanted.missing != nil:
		return wanted.missing
	case reads(wanted.operation):
		return nil
	}
	return &account.Error{
		Code: "NotImplemented", Status: http.StatusNotImplemented, Message: fmt.Sprintf(
			"The sandbox does not emulate %s. The request was allowed: %s on %s is %s.",
			wanted.action, wanted.action, wanted.resource, decision.Reason()),
	}
}

// reads tells the operations that give what is there.
func reads(operation string) bool {
	for _, verb := range []string{"List", "Describe", "Get", "Head", "BatchGet", "Lookup", "Scan", "Query", "Search"} {
		if strings.HasPrefix(operation, verb) {
			return true
		}
	}
	return false
}

// read is what r asks for; false when that cannot be told.
func (f serviceForm) read(r *http.Request, region string, a *account.Account) (otherCall, bool) {
	switch f.protocol {
	case &s3Protocol:
		if f.prefix != "s3" {
			return otherCall{}, false
		}
		return readS3(r, a.Partition())
	case &restJSONProtocol:
		if f.prefix != "lambda" {
			return otherCall{}, false
		}
		return readLambda(r, region, a)
	}
	call := otherCall{resource: "*"}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		call.operation = target[strings.LastIndexByte(target, '.')+1:]
	} else {
		form := formOf(r)
		call.operation, call.version = form.Get("Action"), form.Get("Version")
	}
	call.action = f.prefix + ":" + call.operation
	return call, isOperation(call.operation)
}

// isOperation: the name of an operation is that of an XML element as well.
func isOperation(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return name != "" && strings.Trim(name[:1], letters) == "" && strings.Trim(name, letters+"0123456789") == ""
}

// lambdaPath is before the name of every function.
const lambdaPath = "/2015-03-31/functions"

// readLambda tells the common calls of Lambda.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
func readLambda(r *http.Request, region string, a *account.Account) (otherCall, bool) {
	rest, ok := strings.CutPrefix(r.URL.Path, lambdaPath)
	if !ok {
		return otherCall{}, false
	}
	name, part, _ := strings.Cut(strings.Trim(rest, "/"), "/")
	calls := map[string]otherCall{
		"GET  ":                        {operation: "ListFunctions"},
		"POST  ":                       {operation: "CreateFunction"},
		"GET name ":                    {operation: "GetFunction"},
		"DELETE name ":                 {operation: "DeleteFunction"},
		"GET name configuration":       {operation: "GetFunctionConfiguration"},
		"GET name policy":              {operation: "GetPolicy"},
		"POST name invocations":        {operation: "Invoke", action: "InvokeFunction"},
		"PUT name code":                {operation: "UpdateFunctionCode"},
		"PUT name configuration":       {operation: "UpdateFunctionConfiguration"},
		"GET name versions":            {operation: "ListVersionsByFunction"},
		"GET name aliases":             {operation: "ListAliases"},
		"GET name event-invoke-config": {operation: "GetFunctionEventInvokeConfig"},
	}
	place := ""
	if name != "" {
		place = "name"
	}
	call, ok := calls[r.Method+" "+place+" "+part]
	if !ok {
		return otherCall{}, false
	}
	call.action = "lambda:" + orElse(call.action, call.operation)
	call.resource = "*"
	if name != "" {
		call.resource = "arn:" + a.Partition() + ":lambda:" + region + ":" + a.ID() + ":function:" + name
	}
	if strings.HasPrefix(call.operation, "Get") {
		call.missing = &account.Error{
			Code: "ResourceNotFoundException", Status: http.StatusNotFound, Message: "Function not found: " + call.resource,
		}
	}
	return call, true
}
