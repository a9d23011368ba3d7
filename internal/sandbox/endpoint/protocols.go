package endpoint

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// protocol is one of AWS's protocols as far as an empty result and an error
// need it.
//
// https://smithy.io/2.0/aws/protocols/index.html
type protocol struct {
	// success gives an empty result.
	success func(a answer, requestID string) rendered
	// failure gives an error whose code and status are of this protocol.
	failure func(a answer, e account.Error, requestID string) rendered
	// codes are the errors that services of this protocol name in another way
	// than IAM does.
	codes map[string]protocolError
}

// protocolError is an error's code, and its status and text where they differ.
type protocolError struct {
	code    string
	status  int
	message string
}

var (
	queryProtocol = protocol{success: querySuccess, failure: queryFailure}
	ec2Protocol   = protocol{success: ec2Success, failure: ec2Failure, codes: map[string]protocolError{
		"AccessDenied":               {code: "UnauthorizedOperation"},
		"InvalidClientTokenId":       {"AuthFailure", http.StatusUnauthorized, authFailure},
		"SignatureDoesNotMatch":      {"AuthFailure", http.StatusUnauthorized, authFailure},
		"ExpiredToken":               {"RequestExpired", http.StatusBadRequest, "Request has expired."},
		"MissingAuthenticationToken": {"AuthFailure", http.StatusUnauthorized, authFailure},
	}}
	jsonProtocol     = protocol{success: jsonSuccess, failure: jsonFailure, codes: jsonCodes(http.StatusBadRequest)}
	restJSONProtocol = protocol{
		success: jsonSuccess, failure: restJSONFailure, codes: jsonCodes(http.StatusForbidden),
	}
	s3Protocol = protocol{success: s3Success, failure: s3Failure, codes: map[string]protocolError{
		"InvalidClientTokenId": {
			"InvalidAccessKeyId", http.StatusForbidden,
			"The AWS Access Key Id you provided does not exist in our records.",
		},
		"ExpiredToken":        {"ExpiredToken", http.StatusBadRequest, "The provided token has expired."},
		"IncompleteSignature": {code: "AuthorizationHeaderMalformed", status: http.StatusBadRequest},
	}}
)

const authFailure = "AWS was not able to validate the provided access credentials"

func jsonCodes(status int) map[string]protocolError {
	codes := map[string]protocolError{
		"AccessDenied": {code: "AccessDeniedException", status: status},
		"InvalidClientTokenId": {
			code: "UnrecognizedClientException", status: status,
		},
		"SignatureDoesNotMatch":      {code: "InvalidSignatureException", status: status},
		"ExpiredToken":               {code: "ExpiredTokenException", status: status},
		"MissingAuthenticationToken": {code: "MissingAuthenticationTokenException", status: status},
		"IncompleteSignature":        {code: "IncompleteSignatureException", status: http.StatusBadRequest},
		"NotImplemented":             {code: "NotImplementedException"},
	}
	return codes
}

// protocolOf is the protocol of a request whose service is not listed.
func protocolOf(r *http.Request) *protocol {
	if r.Header.Get("X-Amz-Target") != "" {
		return &jsonProtocol
	}
	if formOf(r).Get("Action") != "" {
		return &queryProtocol
	}
	return &restJSONProtocol
}

func (a answer) renderOther(requestID string) rendered {
	if a.err == nil {
		return a.protocol.success(a, requestID)
	}
	e := *awsError(a.err)
	if named, ok := a.protocol.codes[e.Code]; ok {
		e.Code, e.Message = named.code, orElse(named.message, e.Message)
		if named.status != 0 {
			e.Status = named.status
		}
	}
	r := a.protocol.failure(a, e, requestID)
	if a.head {
		r.body = nil
	}
	return r
}

func xmlHeader() map[string]string { return map[string]string{"Content-Type": "text/xml"} }

func querySuccess(a answer, requestID string) rendered {
	a.result = emptyElement(a.emptyList)
	body, err := a.renderResult(requestID)
	if err != nil {
		panic("endpoint: an empty result always encodes: " + err.Error())
	}
	return rendered{http.StatusOK, xmlHeader(), body}
}

// emptyElement is the XML of an empty element of that name, or nothing.
type emptyElement string

// MarshalXML writes the empty element into start.
func (e emptyElement) MarshalXML(enc *xml.Encoder, start xml.StartElement) error {
	if e == "" {
		return enc.EncodeElement("", start)
	}
	if err := enc.EncodeToken(start); err != nil {
		return err
	}
	if err := enc.EncodeElement("", element(string(e))); err != nil {
		return err
	}
	return enc.EncodeToken(start.End())
}

// emptyLists are the lists that people ask for, by action: without the list the
// AWS CLI prints nothing. All other operations have an empty result.
func emptyLists() map[string]string {
	return map[string]string{
		"cloudformation:DescribeStacks": "Stacks", "cloudformation:ListStacks": "StackSummaries",
		"cloudwatch:DescribeAlarms": "MetricAlarms", "cloudwatch:ListMetrics": "Metrics",
		"dynamodb:ListTables": "TableNames", "ec2:DescribeImages": "imagesSet",
		"ec2:DescribeInstances": "reservationSet", "ec2:DescribeKeyPairs": "keySet",
		"ec2:DescribeSecurityGroups": "securityGroupInfo", "ec2:DescribeSubnets": "subnetSet",
		"ec2:DescribeVolumes": "volumeSet", "ec2:DescribeVpcs": "vpcSet",
		"ecr:DescribeRepositories": "repositories", "ecs:ListClusters": "clusterArns",
		"events:ListRules": "Rules", "kinesis:ListStreams": "StreamNames", "kms:ListKeys": "Keys",
		"lambda:ListFunctions": "Functions", "logs:DescribeLogGroups": "logGroups",
		"rds:DescribeDBInstances": "DBInstances", "secretsmanager:ListSecrets": "SecretList",
		"sns:ListTopics": "Topics", "sqs:ListQueues": "QueueUrls", "ssm:DescribeParameters": "Parameters",
		"states:ListStateMachines": "stateMachines",
	}
}

func queryFailure(a answer, e account.Error, requestID string) rendered {
	return rendered{e.Status, xmlHeader(), a.renderError(&e, requestID)}
}

func ec2Success(a answer, requestID string) rendered {
	body, err := renderElement(a.action+"Response", a.namespace, func(enc *xml.Encoder) error {
		if err := enc.EncodeElement(requestID, element("requestId")); err != nil || a.emptyList == "" {
			return err
		}
		return enc.EncodeElement("", element(a.emptyList))
	})
	if err != nil {
		panic("endpoint: strings always encode: " + err.Error())
	}
	return rendered{http.StatusOK, xmlHeader(), body}
}

func ec2Failure(_ answer, e account.Error, requestID string) rendered {
	return rendered{e.Status, xmlHeader(), fmt.Appendf(nil,
		"<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors>"+
			"<RequestID>%s</RequestID></Response>\n",
		e.Code, escaped(e.Message), requestID)}
}

func s3Success(a answer, _ string) rendered {
	return rendered{http.StatusOK, map[string]string{
		"Content-Type": "application/xml", "X-Amz-Bucket-Region": a.region,
	}, []byte(s3Result(a.action))}
}

func s3Failure(_ answer, e account.Error, requestID string) rendered {
	return rendered{e.Status, map[string]string{"Content-Type": "application/xml"}, fmt.Appendf(nil,
		"<Error><Code>%s</Code><Message>%s</Message><RequestId>%s</RequestId><HostId>sandbox</HostId></Error>\n",
		e.Code, escaped(e.Message), requestID)}
}

func jsonSuccess(a answer, _ string) rendered {
	if a.emptyList == "" {
		return rendered{http.StatusOK, a.jsonHeader(), []byte("{}")}
	}
	return rendered{http.StatusOK, a.jsonHeader(), fmt.Appendf(nil, "{%q:[]}", a.emptyList)}
}

func jsonFailure(a answer, e account.Error, _ string) rendered {
	return rendered{e.Status, a.jsonHeader(), encodeJSON(map[string]string{"__type": e.Code, "message": e.Message})}
}

func restJSONFailure(a answer, e account.Error, _ string) rendered {
	header := a.jsonHeader()
	header["X-Amzn-Errortype"] = e.Code
	return rendered{e.Status, header, encodeJSON(map[string]string{"Message": e.Message, "message": e.Message})}
}

// jsonHeader: the JSON protocols answer in the version they are asked in.
func (a answer) jsonHeader() map[string]string {
	contentType := "application/json"
	if strings.HasPrefix(a.contentType, "application/x-amz-json-1.") {
		contentType = a.contentType
	}
	return map[string]string{"Content-Type": contentType}
}

func encodeJSON(value map[string]string) []byte {
	body, err := json.Marshal(value)
	if err != nil {
		panic("endpoint: strings always encode: " + err.Error())
	}
	return body
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}
