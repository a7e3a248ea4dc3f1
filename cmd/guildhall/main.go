// Command guildhall is the community engine: one program for everything.
package main

func main() {}
