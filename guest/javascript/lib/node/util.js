module.exports={inspect:require('web:inspect').inspect};
