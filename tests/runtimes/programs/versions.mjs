// Says what runs it.
console.log(JSON.stringify(process.versions));
