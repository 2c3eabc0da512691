// Reads manifests as kubectl does, one after another, and writes what it read.
//
// Input: a length in decimal, a line break, and that many bytes; again and again. Output: one line
// of JSON each, {"documents": [...], "refused": "..."}: the documents up to the one that is refused.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

type answer struct {
	Documents []json.RawMessage `json:"documents"`
	Refused   string            `json:"refused"`
}

func read(text []byte) (out answer) {
	out.Documents = []json.RawMessage{}
	defer func() {
		if r := recover(); r != nil {
			out.Refused = fmt.Sprint(r)
		}
	}()
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		ext := runtime.RawExtension{}
		if err := decoder.Decode(&ext); err != nil {
			if err != io.EOF {
				out.Refused = err.Error()
			}
			return out
		}
		raw := bytes.TrimSpace(ext.Raw)
		if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
			continue
		}
		out.Documents = append(out.Documents, append([]byte{}, raw...))
	}
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var length int
		if _, err := fmt.Fscanf(in, "%d\n", &length); err != nil {
			return
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(in, text); err != nil {
			return
		}
		line, err := json.Marshal(read(text))
		if err != nil {
			line = []byte(`{"documents": [], "refused": "not JSON"}`)
		}
		out.Write(line)
		out.WriteByte('\n')
	}
}
