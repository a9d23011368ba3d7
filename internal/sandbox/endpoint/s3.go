package endpoint

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// s3Row is one operation of S3: its method, whether it is on the service, a
// bucket or an object, the query parameter that tells it apart, its name, and
// the IAM action where that has another.
type s3Row struct {
	method, level, parameter, operation, action string
}

const (
	s3Service = "service"
	s3Bucket  = "bucket"
	s3Object  = "object"
)

// s3Rows are S3's common operations; rows with a parameter go first.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
func s3Rows() []s3Row {
	return []s3Row{
		{"GET", s3Service, "", "ListBuckets", "ListAllMyBuckets"},
		{"GET", s3Bucket, "location", "GetBucketLocation", ""},
		{"GET", s3Bucket, "versioning", "GetBucketVersioning", ""},
		{"GET", s3Bucket, "policy", "GetBucketPolicy", ""},
		{"GET", s3Bucket, "acl", "GetBucketAcl", ""},
		{"GET", s3Bucket, "tagging", "GetBucketTagging", ""},
		{"GET", s3Bucket, "uploads", "ListMultipartUploads", "ListBucketMultipartUploads"},
		{"GET", s3Bucket, "versions", "ListObjectVersions", "ListBucketVersions"},
		{"GET", s3Bucket, "list-type", "ListObjectsV2", "ListBucket"},
		{"GET", s3Bucket, "", "ListObjects", "ListBucket"},
		{"HEAD", s3Bucket, "", "HeadBucket", "ListBucket"},
		{"PUT", s3Bucket, "policy", "PutBucketPolicy", ""},
		{"PUT", s3Bucket, "versioning", "PutBucketVersioning", ""},
		{"PUT", s3Bucket, "acl", "PutBucketAcl", ""},
		{"PUT", s3Bucket, "tagging", "PutBucketTagging", ""},
		{"PUT", s3Bucket, "", "CreateBucket", ""},
		{"DELETE", s3Bucket, "policy", "DeleteBucketPolicy", ""},
		{"DELETE", s3Bucket, "", "DeleteBucket", ""},
		{"POST", s3Bucket, "delete", "DeleteObjects", "DeleteObject"},
		{"GET", s3Object, "acl", "GetObjectAcl", ""},
		{"GET", s3Object, "tagging", "GetObjectTagging", ""},
		{"GET", s3Object, "uploadId", "ListParts", "ListMultipartUploadParts"},
		{"GET", s3Object, "", "GetObject", ""},
		{"HEAD", s3Object, "", "HeadObject", "GetObject"},
		{"PUT", s3Object, "acl", "PutObjectAcl", ""},
		{"PUT", s3Object, "tagging", "PutObjectTagging", ""},
		{"PUT", s3Object, "uploadId", "UploadPart", "PutObject"},
		{"PUT", s3Object, "", "PutObject", ""},
		{"POST", s3Object, "uploads", "CreateMultipartUpload", "PutObject"},
		{"POST", s3Object, "uploadId", "CompleteMultipartUpload", "PutObject"},
		{"DELETE", s3Object, "uploadId", "AbortMultipartUpload", ""},
		{"DELETE", s3Object, "", "DeleteObject", ""},
	}
}

// s3Options are the query parameters that change what an operation gives, and
// not which operation it is.
const s3Options = `list-type prefix delimiter max-keys marker encoding-type continuation-token start-after
	fetch-owner x-id partNumber key-marker version-id-marker upload-id-marker max-uploads max-buckets
	bucket-region`

// readS3 tells S3's common calls, with the bucket in the path.
func readS3(r *http.Request, partition string) (otherCall, bool) {
	bucket, object, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	level, resource := s3Service, "*"
	switch {
	case object != "":
		level, resource = s3Object, "arn:"+partition+":s3:::"+bucket+"/"+object
	case bucket != "":
		level, resource = s3Bucket, "arn:"+partition+":s3:::"+bucket
	}
	query := r.URL.Query()
	for _, row := range s3Rows() {
		if row.method != r.Method || row.level != level || row.parameter != "" && !query.Has(row.parameter) {
			continue
		}
		if !onlyOptions(query, row.parameter) {
			return otherCall{}, false
		}
		return otherCall{
			operation: row.operation, action: "s3:" + orElse(row.action, row.operation), resource: resource,
			missing: s3Missing(row),
		}, true
	}
	return otherCall{}, false
}

// onlyOptions tells whether no parameter is there that makes the request one
// of an operation that s3Rows does not have.
func onlyOptions(query url.Values, parameter string) bool {
	for name := range query {
		lower := strings.ToLower(name)
		known := name == parameter || strings.HasPrefix(lower, "x-amz-") || strings.HasPrefix(lower, "response-") ||
			slices.Contains(strings.Fields(s3Options), name)
		if !known {
			return false
		}
	}
	return true
}

// s3Missing: a bucket's list is empty, but an object, or a bucket's policy, is
// not there.
func s3Missing(row s3Row) *account.Error {
	switch {
	case row.level == s3Object && (row.method == http.MethodGet || row.method == http.MethodHead):
		return &account.Error{
			Code: "NoSuchKey", Status: http.StatusNotFound, Message: "The specified key does not exist.",
		}
	case row.operation == "GetBucketPolicy":
		return &account.Error{
			Code: "NoSuchBucketPolicy", Status: http.StatusNotFound, Message: "The bucket policy does not exist",
		}
	case row.operation == "GetBucketTagging":
		return &account.Error{Code: "NoSuchTagSet", Status: http.StatusNotFound, Message: "The TagSet does not exist"}
	}
	return nil
}

// s3Results are the elements of an empty result, by operation.
func s3Result(operation string) string {
	return map[string]string{
		"ListBuckets": "<ListAllMyBucketsResult><Owner><ID>sandbox</ID></Owner><Buckets></Buckets>" +
			"</ListAllMyBucketsResult>",
		"ListObjects":          "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
		"ListObjectsV2":        "<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>",
		"ListObjectVersions":   "<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>",
		"ListMultipartUploads": "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>",
		"GetBucketLocation":    "<LocationConstraint></LocationConstraint>",
		"GetBucketVersioning":  "<VersioningConfiguration></VersioningConfiguration>",
		"GetBucketAcl":         "<AccessControlPolicy><Owner><ID>sandbox</ID></Owner></AccessControlPolicy>",
	}[operation]
}
